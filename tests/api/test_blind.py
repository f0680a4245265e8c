"""Whoever may still read a report a second time does not see what the first reader found."""

from typing import Any

import httpx
import pytest

from ranham.access.models import Role
from ranham.access.rules import Place
from tests.api.desk import fresh_unit, path, sent
from tests.api.serving import IN_WINDOW, PERIOD, Api
from tests.api.test_verification import fill, marks, task_of, verifier

REMARK = "stempel tidak terbaca"
SECOND = """
INSERT INTO verification_task (report_id, period_id, province_id, tier, round, office_id, second_reading, submission_id,
                               created_at, due_at)
SELECT report_id, period_id, province_id, tier, round, office_id, true, submission_id, created_at, due_at
FROM verification_task WHERE id = :task ON CONFLICT DO NOTHING
"""


def accepted(api: Api, client: httpx.Client, obligation_id: int, **more: Any) -> int:
    """The reading that is open, taken and accepted."""
    url = f"/api/v1/verification/tasks/{(task := task_of(api, obligation_id))}"
    taken = client.post(f"{url}/take").json()
    decided = client.post(f"{url}/decision", json={"verdict": "accept", "marks": marks(taken)} | more)
    assert decided.status_code == 200, decided.text
    return task


def found(client: httpx.Client, obligation_id: int, code: str) -> tuple[int | None, int | None, list[str]]:
    """Score of the report and in the list, and the words of its readings."""
    whole = client.get(path(obligation_id)).json()
    rows = client.get(f"/api/v1/periods/{PERIOD}/reports?unit_code={code}").json()["items"]
    [listed] = [row["score_bp"] for row in rows if row["obligation_id"] == obligation_id]
    return whole["score_bp"], listed, [each["remark"] for each in whole["events"] if each["event"] == "verify"]


@pytest.fixture
def verified(api: Api) -> tuple[int, str, httpx.Client, httpx.Client, int]:
    """A report that was verified and is to be read again: its unit's operator, its first reader and the first task."""
    code = fresh_unit()
    operator, first_reader = api.operator(code), api.acting((Role.VERIFIER, Place()))
    [owed, *_] = api.obligations(code)
    sent(api, operator, owed)
    fill(api)
    accepted(api, verifier(api, code), owed)
    task = accepted(api, first_reader, owed, remark=REMARK)
    api.execute(SECOND, task=task)
    return owed, code, operator, first_reader, task


def test_score_and_words_are_hidden_from_other_verifiers_until_the_second_reading_is_done(
    api: Api, verified: tuple[int, str, httpx.Client, httpx.Client, int]
) -> None:
    owed, code, operator, first_reader, task = verified
    others = [api.acting((Role.VERIFIER, Place())), verifier(api, code)]
    for client in others:
        assert found(client, owed, code) == (None, None, [None])
    for client in (operator, first_reader, api.acting((Role.MINISTRY, Place()))):
        assert found(client, owed, code)[:2] == (10_000, 10_000)
    api.execute(
        """UPDATE verification_task SET verifier = 'x', taken_at = :now, done_at = :now
           WHERE second_reading AND report_id = (SELECT report_id FROM verification_task WHERE id = :task)""",
        task=task, now=IN_WINDOW,
    )  # fmt: skip
    for client in others:
        assert found(client, owed, code) == found(operator, owed, code)
