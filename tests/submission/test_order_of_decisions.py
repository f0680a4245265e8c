"""An extension covers what was sent inside it, whatever was decided first: the approval, the return or the answer to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts, extensions, reports
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer, Timeliness
from ranham.submission.reports import Cause
from ranham.submission.states import Event
from tests.submission import answers_file
from tests.submission.desk import begun, fill, measure, obligation, operator, send

START = datetime(2022, 9, 6, 17, tzinfo=UTC)
"""The first instant after the window of DKI Jakarta."""
WAITS = st.integers(0, 9 * 24).map(lambda hours: timedelta(hours=hours))


def answer_anew(session: Session, period: PeriodInfo, turn: int, now: datetime) -> None:
    report = begun(session, period, now=now)
    content = DraftContent(Answer.ACHIEVED, Decimal(50 + turn))
    drafts.save_answer(session, report, measure(session, period, 2), content, operator(now), seen_version=turn)
    send(session, period, now=now)


def give_back(session: Session, period: PeriodInfo, now: datetime, due: datetime) -> None:
    report = reports.lock_report(session, obligation(session), period.id, now=now)
    reports.move(session, report, Event.TAKE, Cause("verifier", now))
    report.return_due_at = due
    reports.move(session, report, Event.RETURN, Cause("verifier", now, "no_signature", "x"))


def approve(session: Session, period: PeriodInfo, until: datetime) -> None:
    asked = extensions.request(
        session, period, unit_id=None, until=until, reason="banjir", by="operator", now=START, cap=timedelta(days=30)
    )
    extensions.decide(session, asked.id, approve=True, by="ministry", now=START)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=WAITS, waits=st.tuples(WAITS, WAITS), until=WAITS, limits=st.tuples(WAITS, WAITS))
def test_timeliness_knows_no_order_of_decisions(
    small_session: Session,
    b08: PeriodInfo,
    sent: timedelta,
    waits: tuple[timedelta, timedelta],
    until: timedelta,
    limits: tuple[timedelta, timedelta],
) -> None:
    moments = [START + sent - timedelta(days=2)]
    steps: list[Callable[[], object]] = [
        lambda: fill(small_session, b08, begun(small_session, b08)),
        lambda: send(small_session, b08, now=moments[0]),
    ]
    for turn, (wait, limit) in enumerate(zip(waits, limits, strict=True)):
        before, again = moments[-1], moments[-1] + wait
        moments.append(again)
        steps += [
            lambda at=before, due=before + limit: give_back(small_session, b08, at, due),
            lambda at=again, number=turn + 1: answer_anew(small_session, b08, number, at),
        ]
    extension = lambda: approve(small_session, b08, START + until + timedelta(hours=1))  # noqa: E731
    seen = set()
    for at in range(len(steps) + 1):
        whole = small_session.begin_nested()
        for step in [*steps[:at], extension, *steps[at:]]:
            step()
        seen.add(answers_file.submission(small_session).timeliness)
        whole.rollback()
        small_session.expire_all()
    assert len(seen) == 1


def test_an_extension_approved_after_the_answer_to_a_return_covers_it(small_session: Session, b08: PeriodInfo) -> None:
    """Sent late inside the extension, returned, and sent again in time for the return but after the extension."""
    fill(small_session, b08, begun(small_session, b08))
    first, again, until = START + timedelta(days=1), START + timedelta(days=5), START + timedelta(days=2)
    assert send(small_session, b08, now=first).timeliness is Timeliness.LATE
    give_back(small_session, b08, first, again + timedelta(hours=1))
    answer_anew(small_session, b08, 1, again)
    approve(small_session, b08, until)
    now = answers_file.submission(small_session)
    assert (now.revision, now.timeliness, now.submitted_at, now.judged_at) == (3, "extended", again, first)
