"""Why a unit was reminded, or was not, over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.plan.queries import find_period
from ranham.reminder.answers import effect
from ranham.reminder.models import Function
from ranham.reminder.planning import plan
from tests.api.serving import PERIOD, Api
from tests.reminder.content.ledger import contact

NOW = datetime(2022, 9, 12, 4, tzinfo=UTC)
REMINDED, SILENT, ELSEWHERE = "17.01", "17.02", "18.01"
PATH = f"/api/v1/periods/{PERIOD}/reminders"


@pytest.fixture(scope="module")
def planned(api: Api) -> Api:
    """The window is over; one regency and its province's legal bureau have somebody to write to."""
    with Session(api.engine) as session, session.begin():
        contact(session, REMINDED, function=Function.OPERATOR, address="operator@17.go.id")
        contact(session, "17", function=Function.LEGAL_BUREAU, address="biro@17.go.id")
        contact(
            session, unit_id=None, office_id=api.office("kanwil-17"), function=Function.REGIONAL_OFFICE,
            address="kanwil@17.go.id",
        )  # fmt: skip
        plan(session, find_period(session, PERIOD), now=NOW)
    return api


def items(client: Any, unit_code: str) -> list[dict[str, Any]]:
    answered = client.get(PATH, params={"unit_code": unit_code})
    assert answered.status_code == 200, answered.text
    found: list[dict[str, Any]] = answered.json()["items"]
    return found


def test_what_was_sent_says_to_whom_and_where_it_stands(planned: Api) -> None:
    found = items(planned.operator(REMINDED), REMINDED)
    sent = [row for row in found if row["decision"] == "send"]
    assert {row["address"] for row in sent} == {"operator@17.go.id"}
    assert {row["delivery"] for row in sent} == {"created"}
    assert all(row["because"] for row in found if row["decision"] != "send")


def test_a_unit_with_nobody_to_write_to_is_told_so(planned: Api) -> None:
    found = items(planned.operator(SILENT), SILENT)
    assert "nobody" in {row["recipient"] for row in found}
    assert not [row for row in found if row["decision"] == "send"]


def test_messages_to_offices_are_for_those_who_see_all_units(planned: Api) -> None:
    def rungs(client: Any) -> set[str]:
        return {row["rung"] for row in items(client, REMINDED) if row["recipient"] is not None}

    assert "overdue_ministry" not in rungs(planned.operator(REMINDED))
    assert "overdue_ministry" in rungs(planned.acting((Role.MINISTRY, Place())))


def test_reminders_of_a_unit_that_one_may_not_see_are_not_there(planned: Api) -> None:
    assert planned.operator(ELSEWHERE).get(PATH, params={"unit_code": REMINDED}).status_code == 404
    assert planned.operator(REMINDED).get(PATH, params={"unit_code": "99.99"}).status_code == 404
    assert planned.operator(REMINDED).get(PATH).status_code == 422


def addresses(client: Any) -> set[str]:
    answered = client.get(f"/api/v1/periods/{PERIOD}/reminder-digests")
    assert answered.status_code == 200, answered.text
    return {row["address"] for row in answered.json()["items"] if row["decision"] == "send"}


def test_an_office_reads_its_own_digests_and_no_other_office_does(planned: Api) -> None:
    own, other = (
        planned.acting((Role.VERIFIER, Place(office_id=planned.office(key)))) for key in ("kanwil-17", "kanwil-18")
    )
    found = own.get(f"/api/v1/periods/{PERIOD}/reminder-digests").json()["items"]
    mine = [row for row in found if row["address"] == "kanwil@17.go.id"]
    assert {row["office"] for row in mine} == {"kanwil-17"}
    assert any({REMINDED, SILENT} <= set(row["units"]) and row["delivery"] == "created" for row in mine)
    assert "kanwil@17.go.id" not in addresses(other)
    assert "kanwil@17.go.id" not in addresses(planned.operator(ELSEWHERE))
    assert {"kanwil@17.go.id", "biro@17.go.id"} <= addresses(planned.acting((Role.MINISTRY, Place())))


def test_the_ministry_reads_what_the_reminders_did(planned: Api) -> None:
    path = f"/api/v1/periods/{PERIOD}/reminder-effect"
    said = planned.acting((Role.MINISTRY, Place())).get(path, params={"days": 2}).json()
    with Session(planned.engine) as session:
        expected = effect(session, find_period(session, PERIOD), days=2)
    assert said["days"] == 2
    assert [(row["rung"], row["reminded"], row["messages"]) for row in said["items"]] == [
        (row.rung, row.reminded, row.messages) for row in expected
    ]
    assert any(row["reminded"] for row in said["items"])
    provinces = planned.acting((Role.AUDITOR, Place())).get(path, params={"by_province": True}).json()["items"]
    assert "17" in {row["province"] for row in provinces if row["reminded"]}
    assert planned.operator(REMINDED).get(path).status_code == 403
