"""Random outages, reports, extensions, days off and contacts on the national database, tick by tick."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.plan.policy import starting_ladder
from ranham.reminder import planning
from ranham.reminder.planning import anything_due, plan
from ranham.reminder.rules.working_time import Calendar, Place, WorkingTime
from ranham.submission import extensions
from tests.reminder.desk import BANTEN, JAYAPURA, SERANG, b08, contact, ledger, sends_everything, wib
from tests.verification.desk import unit_id

ZONE = {SERANG: "Asia/Jakarta", BANTEN: "Asia/Jakarta", JAYAPURA: "Asia/Jayapura"}
BEGIN = wib("08-26", "00:00")
steps = st.lists(st.integers(0, 24 * 2 * 20), min_size=1, max_size=9, unique=True).map(
    lambda halves: [BEGIN + timedelta(minutes=30 * n) for n in sorted(halves)]
)
days_off = st.frozensets(st.integers(0, 18).map(lambda n: (BEGIN + timedelta(days=n)).date()), max_size=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ticks=steps,
    off=days_off,
    report=st.none() | st.integers(0, 8),
    extension=st.none() | st.tuples(st.integers(0, 8), st.integers(1, 8)),
)
def test_whatever_happens_each_rung_is_told_once_in_working_hours_and_never_after_the_report(
    shared_national: Engine, monkeypatch: Any, ticks: list[datetime], off: Any, report: Any, extension: Any
) -> None:
    monkeypatch.setattr(planning, "calendar", lambda: Calendar(off))
    ladder = starting_ladder()
    working = WorkingTime(Calendar(off), ladder.working_from, ladder.working_to)
    with shared_national.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            for unit in ZONE:
                contact(session, unit)
            sent_at = None
            for index, now in enumerate(ticks):
                if extension is not None and index == extension[0]:
                    _extend(session, wib("09-07", "00:00") + timedelta(days=extension[1]), now)
                if index == report:
                    sends_everything(session, SERANG)
                    sent_at = now
                due = anything_due(session, b08(session), now=now)
                assert (plan(session, b08(session), now=now).rows > 0) is due
                assert plan(session, b08(session), now=now).rows == 0
            for unit, zone in ZONE.items():
                rows = ledger(session, unit)
                assert max(Counter((row.rung, row.occasion, row.recipient) for row in rows).values(), default=0) <= 1
                told = [row for row in rows if row.decision == "send"]
                flood = Counter((row.planned_at, row.occasion, row.recipient) for row in told)
                assert max(flood.values(), default=0) <= 1
                assert all(working.holds(row.send_at, Place(zone)) for row in told)
                assert all(row.send_at < row.deadline for row in told if row.rung.startswith(("t_minus", "last")))
                assert all(row.send_at > row.deadline for row in told if row.rung == "overdue")
                if unit == SERANG and sent_at is not None:
                    assert not [row for row in told if row.planned_at >= sent_at and row.rung != "before_opening"]
        transaction.rollback()


def _extend(session: Session, until: datetime, now: datetime) -> None:
    asked = extensions.request(
        session, b08(session), unit_id=unit_id(session, SERANG), until=until, reason="banjir", by="a", now=now,
        cap=timedelta(days=14),
    )  # fmt: skip
    extensions.decide(session, asked.id, approve=True, by="b", now=now)


def test_messages_that_could_not_leave_are_overtaken_by_the_next_rung(session: Session) -> None:
    contact(session)
    plan(session, b08(session), now=wib("08-30"))
    plan(session, b08(session), now=wib("09-02"))
    states = "SELECT d.state, d.because FROM reminder r JOIN delivery d ON d.id = r.delivery_id WHERE r.rung = :rung"

    def stands(rung: str) -> tuple[str, str | None]:
        return tuple(session.execute(text(states), {"rung": rung}).one())  # type: ignore[return-value]

    assert stands("t_minus_7") == ("cancelled", "overtaken by t_minus_3")
    session.execute(text("UPDATE delivery SET state = 'temporary_failure' WHERE state = 'created'"))
    plan(session, b08(session), now=wib("09-05"))
    assert stands("t_minus_3") == ("cancelled", "overtaken by t_minus_1")
    session.execute(text("UPDATE delivery SET state = 'delivered_to_provider' WHERE state = 'created'"))
    plan(session, b08(session), now=wib("09-06"))
    assert stands("t_minus_1") == ("delivered_to_provider", None)
