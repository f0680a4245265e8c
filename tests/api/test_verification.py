"""The verifiers' queue over HTTP."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.plan.queries import find_period
from ranham.verification.service import fill_queue
from tests.api.desk import fresh_unit, honest_answers, path, sent
from tests.api.serving import IN_WINDOW, PERIOD, Api
from tests.api.test_problems import problem

QUEUE = f"/api/v1/verification/queue?period={PERIOD}"


def fill(api: Api) -> None:
    with Session(api.engine) as session, session.begin():
        fill_queue(session, find_period(session, PERIOD), now=datetime.fromisoformat(IN_WINDOW))


def verifier(api: Api, code: str) -> httpx.Client:
    """Of the Kanwil of a unit's province."""
    return api.acting((Role.VERIFIER, Place(office_id=office_of(api, code))))


def office_of(api: Api, code: str) -> int:
    return int(
        api.one(
            """SELECT a.office_id FROM unit_version v JOIN office_assignment a ON a.unit_id = v.parent_id
               WHERE v.unit_id = :unit AND v.valid_to IS NULL AND a.valid_to IS NULL""",
            unit=api.unit(code),
        )
    )


def task_of(api: Api, obligation_id: int) -> int:
    return int(
        api.one(
            """SELECT t.id FROM verification_task t JOIN report r ON r.id = t.report_id
               WHERE r.obligation_id = :o AND t.done_at IS NULL AND NOT t.second_reading""",
            o=obligation_id,
        )
    )


@pytest.fixture
def submitted(api: Api) -> tuple[httpx.Client, int, str]:
    """An operator, a report that was sent, and the unit's code."""
    code = fresh_unit()
    operator, [first, *_] = api.operator(code), api.obligations(code)
    sent(api, operator, first)
    fill(api)
    return operator, first, code


def marks(taken: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"measure_number": row["measure_no"], "aspect": aspect, "mark": "fulfilled"}
        for row in taken["answers"]
        for aspect in ("administrative", "substantive")
    ]


def test_a_report_is_read_by_the_kanwil_and_then_by_the_central_team(
    api: Api, submitted: tuple[httpx.Client, int, str]
) -> None:
    operator, first, code = submitted
    kanwil, central = verifier(api, code), api.acting((Role.VERIFIER, Place()))
    task = task_of(api, first)
    assert task in [row["task_id"] for row in kanwil.get(f"{QUEUE}&limit=500").json()["items"]]
    taken = kanwil.post(f"/api/v1/verification/tasks/{task}/take")
    assert taken.headers["etag"] == f'"{taken.json()["version"]}"'
    assert [row["answer"] for row in taken.json()["answers"]] == ["not_achieved"] * 2
    decision = f"/api/v1/verification/tasks/{task}/decision"
    problem(kanwil.post(decision, json={"verdict": "accept"}, headers={"If-Match": '"1"'}), 412, "stale-version")
    passed = kanwil.post(decision, json={"verdict": "accept"}, headers={"If-Match": taken.headers["etag"]})
    assert passed.json()["verdict"] == "pass_on"
    problem(kanwil.post(decision, json={"verdict": "accept"}), 409, "conflict")
    task = task_of(api, first)
    problem(kanwil.post(f"/api/v1/verification/tasks/{task}/take"), 403, "forbidden")
    taken = central.post(f"/api/v1/verification/tasks/{task}/take")
    decision = f"/api/v1/verification/tasks/{task}/decision"
    lacking = problem(central.post(decision, json={"verdict": "accept"}), 422, "bad-input")
    assert len(lacking["errors"]) == 4
    accepted = central.post(decision, json={"verdict": "accept", "marks": marks(taken.json())})
    assert (accepted.json()["state"], accepted.json()["score_bp"]) == ("verified", 10_000)
    assert operator.get(path(first)).json()["score_bp"] == 10_000


def test_a_report_is_returned_and_sent_again(api: Api, submitted: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = submitted
    kanwil, task = verifier(api, code), task_of(api, first)
    kanwil.post(f"/api/v1/verification/tasks/{task}/take")
    said = {
        "verdict": "return",
        "marks": [
            {"measure_number": 1, "aspect": "administrative", "mark": "not_fulfilled", "reason_code": "no_signature"}
        ],
    }
    returned = kanwil.post(f"/api/v1/verification/tasks/{task}/decision", json=said).json()
    assert (returned["state"], returned["new_deadline"] is not None) == ("returned", True)
    same = operator.post(f"{path(first)}/submission", json=honest_answers(operator, first))
    assert problem(same, 422, "report-refused")["errors"][0]["found"] == "unchanged"
    assert sent(api, operator, first, note="diperbaiki")["state"] == "resubmitted"


def test_what_another_has_is_not_taken(api: Api, submitted: tuple[httpx.Client, int, str]) -> None:
    _, first, code = submitted
    one, another, task = verifier(api, code), verifier(api, code), task_of(api, first)
    one.post(f"/api/v1/verification/tasks/{task}/take")
    assert one.post(f"/api/v1/verification/tasks/{task}/take").status_code == 200
    problem(another.post(f"/api/v1/verification/tasks/{task}/take"), 409, "conflict")
    mine = one.get(f"{QUEUE}&mine=true").json()["items"]
    assert [row["task_id"] for row in mine] == [task]


def test_desks_are_each_office_s_own(api: Api, submitted: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = submitted
    task = task_of(api, first)
    aceh = office_of(api, "11.01")
    key = api.one("SELECT key FROM verifying_office WHERE id = :id", id=aceh)
    elsewhere = api.acting((Role.VERIFIER, Place(office_id=aceh)))
    assert task not in [row["task_id"] for row in elsewhere.get(f"{QUEUE}&limit=500").json()["items"]]
    problem(elsewhere.post(f"/api/v1/verification/tasks/{task}/take"), 404, "not-found")
    problem(elsewhere.get(f"{QUEUE}&office=all"), 403, "forbidden")
    problem(operator.get(QUEUE), 403, "forbidden")
    problem(operator.post(f"/api/v1/verification/tasks/{task}/take"), 403, "forbidden")
    auditor = api.acting((Role.AUDITOR, Place()))
    assert auditor.get(f"{QUEUE}&office=all").status_code == 200
    problem(auditor.post(f"/api/v1/verification/tasks/{task}/take"), 403, "forbidden")
    problem(auditor.get(f"{QUEUE}&office=kanwil-99"), 404, "not-found")
    both = api.acting((Role.VERIFIER, Place(office_id=aceh)), (Role.VERIFIER, Place(office_id=office_of(api, code))))
    problem(both.get(QUEUE), 422, "bad-input")
    assert both.get(f"{QUEUE}&office={key}").status_code == 200


def test_ageing_shows_the_desks_that_one_sees(api: Api, submitted: tuple[httpx.Client, int, str]) -> None:
    _, _, code = submitted
    url = f"/api/v1/verification/ageing?period={PERIOD}"
    own = verifier(api, code).get(url).json()["items"]
    everything = api.acting((Role.MINISTRY, Place())).get(url).json()["items"]
    assert len({row["office"] for row in own}) == 1
    assert {row["office"] for row in own} <= {row["office"] for row in everything}


def test_the_queue_goes_on_where_it_stopped(api: Api, submitted: tuple[httpx.Client, int, str]) -> None:
    operator, _, code = submitted
    for owed in api.obligations(code)[1:3]:
        sent(api, operator, owed)
    fill(api)
    client = verifier(api, code)
    page, seen = client.get(f"{QUEUE}&limit=2").json(), []
    seen += page["items"]
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += page["items"]
    ids = [row["task_id"] for row in seen]
    assert len(ids) == len(set(ids)) >= 3
    assert [row["due_at"] for row in seen] == sorted(row["due_at"] for row in seen)
    problem(client.get(f"{QUEUE}&cursor=bm8"), 422, "bad-input")
