"""The share of reminders that arrived: planned by the ladder, sent, reported on, and counted for the service report."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle.composers import COMPOSERS
from ranham.outbox.deliveries import cancel, queries, record_status, send_due
from ranham.outbox.deliveries.queries import Filter, Listed
from ranham.outbox.states import Report, State
from ranham.release.service_report import ServiceFigure, service_report
from ranham.reminder.answers.arrived import ARRIVED, WAITING
from ranham.reminder.planning import plan
from tests.cli.command import ranham
from tests.compliance import reports
from tests.reminder.desk import b08, contact, wib
from tests.verification.desk import obligation_id

NOW = wib("09-05", "11:00")
UNITS = ("36.01", "36.02", "36.03", "36.04", "36.71")
OF = "reminders decided to be sent"


@pytest.fixture
def planned(application: Engine) -> Engine:
    """Two messages to the operators of each of five regencies; nobody is known in all the others."""
    with Session(application) as session, session.begin():
        for code in UNITS:
            contact(session, code)
        plan(session, b08(session), now=NOW)
    return application


def messages(engine: Engine) -> list[Listed]:
    with Session(engine) as session:
        return queries.deliveries(session, Filter(kind="reminder"))


def figures(engine: Engine, *, as_of: datetime = NOW) -> dict[str, ServiceFigure]:
    with Session(engine) as session:
        found = service_report(session, b08(session), as_of=as_of).figures
    return {each.figure.removeprefix("reminders_"): each for each in found if each.figure.startswith("reminders_")}


def counts(engine: Engine) -> dict[str, int]:
    found = figures(engine)
    assert {each.basis for each in found.values()} == {found["delivered"].basis}
    share = found.pop("delivered")
    assert share.numerator is not None
    return {"delivered": share.numerator, **{name: int(each.value or 0) for name, each in found.items()}}


def news(engine: Engine, of: Listed, status: Report) -> None:
    with Session(engine) as session, session.begin():
        record_status(session, status, now=NOW, message_id=of.message_id)


def test_before_anything_is_sent_nothing_arrived_and_all_wait(planned: Engine) -> None:
    decided = len(messages(planned))
    assert decided == 10
    share = figures(planned)["delivered"]
    assert share == ServiceFigure("reminders_delivered", Decimal("0.00"), "percent", decided, OF, 0)
    assert counts(planned)["waiting"] == decided


def test_each_end_is_counted_once_and_together_they_are_all_that_were_decided(planned: Engine) -> None:
    dropped, *rest = messages(planned)
    with Session(planned) as session, session.begin():
        cancel(session, [dropped.id], because="no longer asked", now=NOW)
    send_due(COMPOSERS, now=lambda: NOW)
    for each, status in zip(rest, (Report.DELIVERED, Report.FAILED, Report.DELAYED), strict=False):
        news(planned, each, status)
    with planned.begin() as connection:  # as a worker leaves it that lost its server, and one without a password
        for each, state in zip(rest[3:], (State.UNKNOWN, State.TECHNICAL_FAILURE), strict=False):
            connection.execute(
                text("UPDATE delivery SET state = :state WHERE id = :id"), {"state": state.value, "id": each.id}
            )
    assert counts(planned) == {
        "delivered": 5, "confirmed": 1, "waiting": 1, "bounced": 1, "failed": 1, "unknown": 1, "withdrawn": 1,
    }  # fmt: skip
    share = figures(planned)["delivered"]
    assert (share.value, share.numerator, share.basis) == (Decimal("50.00"), 5, 10)


def test_what_was_reported_meanwhile_is_withdrawn_and_stays_in_the_denominator(planned: Engine) -> None:
    with Session(planned) as session, session.begin():
        for number in range(6):
            reports.report(session, obligation_id(session, "36.04", number), b08(session).id)
    send_due(COMPOSERS, now=lambda: NOW)
    found = counts(planned)
    assert found["withdrawn"] > 0
    assert found["delivered"] + found["withdrawn"] == figures(planned)["delivered"].basis == 10


def test_every_state_of_a_message_has_its_place() -> None:
    alone = {State.PERMANENT_FAILURE, State.TECHNICAL_FAILURE, State.UNKNOWN, State.CANCELLED}
    assert (ARRIVED | WAITING | alone, ARRIVED & WAITING) == (set(State), set())


def test_what_is_planned_later_is_not_in_it(planned: Engine) -> None:
    before = figures(planned, as_of=NOW - timedelta(seconds=1))["delivered"]
    assert (before.value, before.basis_name) == (None, "no reminder was decided to be sent")


@pytest.fixture
def simulated(planned: Engine) -> Engine:
    with Session(planned) as session, session.begin():
        reports.report(session, obligation_id(session, "36.01"), b08(session).id)  # the factory marks them
    return planned


def test_scripts_and_tables_get_numerator_denominator_and_the_mark_of_simulated_data(
    simulated: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    send_due(COMPOSERS, now=lambda: NOW)
    arrived = counts(simulated)["delivered"]
    call = ("release", "service-report", "2022-B08")
    (row,) = [r for r in ranham(capsys, *call, "--format", "json").json if r["figure"] == "reminders_delivered"]
    assert (row["numerator"], row["basis"], row["value"], row["simulated"]) == (arrived, 10, 10 * arrived, True)
    lines = csv.DictReader(io.StringIO(ranham(capsys, *call, "--format", "csv").out))
    (line,) = [each for each in lines if each["figure"] == "reminders_delivered"]
    assert (line["numerator"], line["basis"], line["simulated"]) == (str(arrived), "10", "True")
    table = " ".join(ranham(capsys, *call).out.split())
    assert "numerator" in table
    assert "(SIMULATED DATA)" in table
