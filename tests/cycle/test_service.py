from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ranham.cycle import queries, service
from ranham.cycle.models import Step
from ranham.kernel.errors import Conflict
from ranham.plan.queries import find_period
from ranham.submission.service import import_file

DURING = datetime(2022, 9, 1, tzinfo=UTC)
LAST_SECOND = datetime(2022, 9, 6, 16, 59, 59, tzinfo=UTC)
AFTER = datetime(2022, 9, 6, 17, 0, tzinfo=UTC)


def test_opening_and_closing_again_changes_nothing(session: Session) -> None:
    period = find_period(session, "2022-B08")
    assert [service.open_period(session, period, now=DURING) for _ in range(2)] == [True, False]
    assert [service.close_period(session, period, now=AFTER) for _ in range(2)] == [True, False]


def test_a_period_does_not_open_before_its_window(session: Session) -> None:
    with pytest.raises(Conflict, match="opens on 2022-08-30"):
        service.open_period(session, find_period(session, "2022-B08"), now=datetime(2022, 8, 29, 16, 59, tzinfo=UTC))


def test_the_last_day_of_the_window_counts_whole(session: Session) -> None:
    period = find_period(session, "2022-B08")
    service.open_period(session, period, now=DURING)
    with pytest.raises(Conflict, match="open to the end of 2022-09-06"):
        service.close_period(session, period, now=LAST_SECOND)


def test_a_closed_period_takes_no_more_reports(session: Session, tmp_path: Path) -> None:
    period = find_period(session, "2022-B08")
    service.open_period(session, period, now=DURING)
    service.close_period(session, period, now=AFTER)
    file = tmp_path / "late.csv"
    file.write_text("unit_code,action_code,measure_no,answer,value,note,evidence,submitted_at\n")
    with pytest.raises(Conflict, match="takes no more reports"):
        import_file(session, file, period=period, code_system="kemendagri", now=AFTER, author="late")


def test_a_run_that_ended_without_a_word_is_marked_lost_by_the_next(session: Session) -> None:
    first = service.begin_run(session, Step.ROLL_UP, "2022-B08", flow_run_id=None, now=DURING)
    second = service.begin_run(session, Step.ROLL_UP, "2022-B08", flow_run_id=None, now=AFTER)
    service.end_run(session, second, now=AFTER, rows=5)
    session.expire_all()
    assert {row.id: row.state for row in queries.runs(session)} == {first: "lost", second: "done"}


def test_a_run_that_was_said_to_be_lost_does_not_become_done(session: Session) -> None:
    first = service.begin_run(session, Step.ROLL_UP, "2022-B08", flow_run_id=None, now=DURING)
    service.begin_run(session, Step.ROLL_UP, "2022-B08", flow_run_id=None, now=AFTER)
    session.expire_all()
    service.end_run(session, first, now=AFTER, rows=5)
    assert {row.id: row.state for row in queries.runs(session)}[first] == "lost"


def test_after_an_outage_everything_missed_is_due_in_order(session: Session) -> None:
    """The whole window and more went by; the period still gets its full time before it is closed."""
    late = datetime(2022, 11, 1, tzinfo=UTC)
    steps = [d.step for d in queries.due(session, now=late, close_after_days=30) if d.period == "RANHAM-V:2022-B08"]
    assert steps == [Step.OPEN, Step.ROLL_UP]
