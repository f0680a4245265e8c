"""More time: for one unit, or for all."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission import extensions
from ranham.submission.models import Extension, Timeliness
from tests.submission import answers_file
from tests.submission.desk import AFTER_WINDOW, IN_WINDOW, begun, fill, send

CAP = timedelta(days=14)
UNTIL = datetime(2022, 9, 10, tzinfo=UTC)


def asked(session: Session, period: PeriodInfo, unit_id: int | None, *, until: datetime = UNTIL) -> Extension:
    return extensions.request(
        session, period, unit_id=unit_id, until=until, reason="banjir", by="operator", now=IN_WINDOW, cap=CAP
    )


def approve(session: Session, extension: Extension, *, by: str = "ministry") -> extensions.ExtensionOutcome:
    return extensions.decide(session, extension.id, approve=True, by=by, now=AFTER_WINDOW)


def test_a_report_within_an_approved_extension_is_on_time_within_it(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    fill(small_session, b08, report)
    approve(small_session, asked(small_session, b08, report.unit_id))
    assert send(small_session, b08, now=AFTER_WINDOW).timeliness is Timeliness.EXTENDED


def test_an_extension_of_another_unit_helps_nobody_else(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    other = begun(small_session, b08, unit="91")
    approve(small_session, asked(small_session, b08, other.unit_id))
    assert send(small_session, b08, now=AFTER_WINDOW).timeliness is Timeliness.LATE


def test_an_amnesty_after_the_fact_writes_late_reports_on(small_session: Session, b08: PeriodInfo) -> None:
    fill(small_session, b08, begun(small_session, b08))
    late = send(small_session, b08, now=AFTER_WINDOW)
    assert late.timeliness is Timeliness.LATE
    outcome = approve(small_session, asked(small_session, b08, None))
    assert outcome.reports_now_extended == 1
    current = answers_file.submission(small_session)
    assert (current.revision, current.timeliness, current.replaced_timeliness) == (2, "extended", "late")
    assert current.submitted_at == AFTER_WINDOW
    carried = text("SELECT count(*) FROM answer_evidence WHERE submission_id = :id")
    assert small_session.scalar(carried, {"id": current.id}) == 1
    assert approve(small_session, small_session.query(Extension).one()).reports_now_extended == 0


def test_the_longest_approved_extension_counts(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    fill(small_session, b08, report)
    approve(small_session, asked(small_session, b08, report.unit_id))
    approve(small_session, asked(small_session, b08, None, until=AFTER_WINDOW - timedelta(hours=1)))
    asked(small_session, b08, None, until=UNTIL + timedelta(days=5))
    assert send(small_session, b08, now=UNTIL - timedelta(seconds=1)).timeliness is Timeliness.EXTENDED


def test_nobody_decides_on_their_own_request_or_twice(small_session: Session, b08: PeriodInfo) -> None:
    extension = asked(small_session, b08, None)
    with pytest.raises(Conflict, match="who asks for an extension cannot decide"):
        approve(small_session, extension, by="operator")
    extensions.decide(small_session, extension.id, approve=False, by="ministry", now=AFTER_WINDOW)
    with pytest.raises(Conflict, match="declined by ministry"):
        approve(small_session, extension)


@pytest.mark.parametrize("days", [0, 15])
def test_an_extension_begins_after_the_window_and_ends_at_the_cap(
    small_session: Session, b08: PeriodInfo, days: int
) -> None:
    ends_at = b08.ends_at()
    assert ends_at is not None
    with pytest.raises(Conflict, match="at the latest"):
        asked(small_session, b08, None, until=ends_at + timedelta(days=days))
