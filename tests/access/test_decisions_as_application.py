"""What verifiers and the ministry decide, as the application's role: through the services, held by the policies."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.kernel.database import application_unit_of_work
from ranham.kernel.errors import Forbidden
from ranham.obligation.models import ExcuseKind
from ranham.obligation.service import approve_excuse, request_excuse
from ranham.plan.queries import find_period
from ranham.submission import extensions
from ranham.submission.states import State
from ranham.verification import service as verification
from ranham.verification.rules import Aspect, Decision, Mark, MeasureMark, Verdict
from tests.access.test_reports_as_application import Desk, desk, obligation, send, state
from tests.submission.desk import AFTER_WINDOW

__all__ = ["desk", "obligation"]
UNTIL = datetime(2022, 9, 10, tzinfo=UTC)


def filled(desk: Desk) -> None:
    """As the scheduled flow fills the queues: as the owner of the database."""
    with Session(desk.engine) as session, session.begin():
        verification.fill_queue(session, find_period(session, "2022-B08"), now=AFTER_WINDOW)
        session.execute(text("UPDATE verification_task SET office_id = NULL, tier = 'central'"))


def decide(desk: Desk, name: str) -> verification.Outcome:
    with application_unit_of_work(desk.tokens[name]) as session:
        task = session.scalar(text("SELECT id FROM verification_task WHERE done_at IS NULL"))
        assert task is not None
        by = f"person:{desk.ids[name]}"
        verification.take(session, task, by=by, now=AFTER_WINDOW)
        numbers = session.scalars(
            text("""SELECT m.number FROM measure m JOIN report r ON r.action_id = m.action_id AND r.period_id = m.period_id
                    JOIN verification_task t ON t.report_id = r.id WHERE t.id = :task"""),
            {"task": task},
        )
        marks = tuple(MeasureMark(n, aspect, Mark.FULFILLED) for n in numbers for aspect in Aspect)
        return verification.decide(
            session, task, Decision(Verdict.ACCEPT, marks), by=by, now=AFTER_WINDOW, close_after_days=30
        )


def test_a_verifier_takes_and_decides_through_the_policies(desk: Desk, obligation: int) -> None:
    send(desk, obligation)
    filled(desk)
    assert decide(desk, "verifier").score_bp == 10_000
    assert state(desk) == [(State.VERIFIED, 10_000)]


@pytest.mark.parametrize("name", ["operator", "ministry", "both"])
def test_nobody_else_does(desk: Desk, obligation: int, name: str) -> None:
    send(desk, obligation)
    filled(desk)
    with pytest.raises((Forbidden, DBAPIError), match=r"not yours to take or decide|row-level security"):
        decide(desk, name)
    assert state(desk) == [(State.SUBMITTED, None)]


def test_a_stranger_does_not_even_see_the_task(desk: Desk, obligation: int) -> None:
    send(desk, obligation)
    filled(desk)
    with application_unit_of_work(desk.tokens["stranger"]) as session:
        assert session.scalar(text("SELECT count(*) FROM verification_task")) == 0


def ask(desk: Desk, name: str) -> int:
    with application_unit_of_work(desk.tokens[name]) as session:
        period = find_period(session, "2022-B08")
        unit = session.scalar(text("SELECT ranham_writable_units()"))
        return extensions.request(
            session, period, unit_id=unit, until=UNTIL, reason="banjir", by=f"person:{desk.ids[name]}",
            now=AFTER_WINDOW, cap=timedelta(days=14),
        ).id  # fmt: skip


def approve(desk: Desk, name: str, extension_id: int) -> extensions.ExtensionOutcome:
    with application_unit_of_work(desk.tokens[name]) as session:
        by = f"person:{desk.ids[name]}"
        return extensions.decide(session, extension_id, approve=True, by=by, now=AFTER_WINDOW)


def test_the_ministry_gives_more_time_and_late_reports_are_written_on(desk: Desk, obligation: int) -> None:
    send(desk, obligation, now=AFTER_WINDOW)
    extension_id = ask(desk, "operator")
    assert approve(desk, "ministry", extension_id).reports_now_extended == 1
    with Session(desk.engine) as session:
        rows = session.execute(text("SELECT revision, timeliness, is_current FROM submission ORDER BY revision")).all()
    assert [tuple(row) for row in rows] == [(1, "late", False), (2, "extended", True)]


def test_a_unit_gives_itself_no_time(desk: Desk) -> None:
    extension_id = ask(desk, "operator")
    with pytest.raises(Exception, match=r"no extension|row-level security|permission denied"):
        approve(desk, "stranger", extension_id)
    with Session(desk.engine) as session:
        assert session.scalar(text("SELECT approved FROM extension")) is None


def test_the_ministry_approves_an_excuse(desk: Desk, obligation: int) -> None:
    with desk.at("operator") as (session, period, cause):
        excuse_id = request_excuse(
            session, obligation, period.id, kind=ExcuseKind.EXCUSED, justification="x", by=cause.actor, now=cause.now
        ).id
    with desk.at("ministry") as (session, _, cause):
        assert approve_excuse(session, excuse_id, by=cause.actor, now=cause.now).approved_by == cause.actor
