"""What is verified after the close becomes final by closing again, and the figures of the close stay."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance.queries import figures
from ranham.cycle import queries, service
from ranham.cycle.models import Step
from ranham.plan.queries import find_period
from ranham.submission import reports
from ranham.submission.reports import Cause
from ranham.submission.states import Event
from tests.compliance.reports import obligation_ids, report, verify

AFTER = datetime(2022, 9, 6, 17, tzinfo=UTC)
LATER = AFTER + timedelta(days=40)
CAUSE = Cause("verifier", LATER)


def due(session: Session) -> list[Step]:
    found = queries.due(session, now=LATER, close_after_days=30)
    return [each.step for each in found if each.period == "RANHAM-V:2022-B08"]


def test_what_is_verified_after_the_close_becomes_final_and_no_figure_changes(session: Session) -> None:
    period = find_period(session, "2022-B08")
    service.open_period(session, period, now=AFTER - timedelta(days=3))
    reopened, taken, untouched = obligation_ids(session, period.plan_year_id)[:3]
    for each in (reopened, taken, untouched):
        report(session, each, period.id)
    verify(session, reopened, period.id, score_bp=4000)
    held = reports.lock_report(session, taken, period.id, now=AFTER)
    reports.move(session, held, Event.TAKE, CAUSE)
    assert service.close_period(session, period, now=AFTER)
    counted = figures(session, period, levels=["national"])
    assert due(session) == [Step.PROPOSE]

    again = reports.reopen(session, reopened, period.id, Cause("ministry", LATER, "mistake", "wrong table"))
    reports.move(session, again, Event.SUBMIT, CAUSE)
    reports.move(session, again, Event.TAKE, CAUSE)
    reports.move(session, again, Event.VERIFY, CAUSE, score_bp=9000)
    reports.move(session, held, Event.VERIFY, CAUSE, score_bp=10_000)
    assert due(session) == [Step.CLOSE, Step.PROPOSE]
    assert not service.close_period(session, period, now=LATER)
    states = "SELECT obligation_id, state, score_bp FROM report WHERE period_id = :period"
    seen = {
        row.obligation_id: (row.state, row.score_bp) for row in session.execute(text(states), {"period": period.id})
    }
    assert seen == {reopened: ("final", 9000), taken: ("final", 10_000)}
    assert due(session) == [Step.PROPOSE]
    assert figures(session, period, levels=["national"]) == counted
