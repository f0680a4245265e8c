"""What operators see of a period, and what they do about it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit import queries as audit
from ranham.cycle import intervention, lease, service
from ranham.cycle.models import Step
from ranham.cycle.queries import due
from ranham.cycle.status import StepStatus, View, status, steps, view_of
from ranham.kernel.errors import BadInput, Busy, Conflict, NotFound
from ranham.kernel.settings import Settings, settings
from ranham.plan.queries import PeriodInfo, find_period
from ranham.release import service as release
from ranham.release.course import propose_due
from tests.compliance.reports import obligation_ids, report

LABEL = "RANHAM-V:2022-B08"
OPENS = datetime(2022, 8, 29, 17, tzinfo=UTC)
NOW = OPENS + timedelta(minutes=20)


@pytest.fixture
def period(session: Session) -> PeriodInfo:
    return find_period(session, LABEL)


@pytest.fixture
def view(tmp_path: Path) -> View:
    return replace(view_of(Settings(prefect_ui_url="http://prefect:4200/")), inbox=tmp_path)


def seen(session: Session, view: View, period: PeriodInfo, now: datetime = NOW) -> dict[str, StepStatus]:
    return {row.step: row for row in status(session, view, now=now, periods=[period])}


def test_every_step_but_the_tick_has_a_row(session: Session, view: View, period: PeriodInfo) -> None:
    assert list(seen(session, view, period)) == [step.value for step in Step if step is not Step.TICK]
    assert Step.TICK not in steps()


def test_a_window_that_nobody_opened_is_late_after_the_threshold(
    session: Session, view: View, period: PeriodInfo
) -> None:
    early = seen(session, view, period, OPENS + timedelta(minutes=14))["open"]
    assert (early.due, early.due_since, early.late) == (True, OPENS, False)
    late = seen(session, view, period)["open"]
    assert (late.late, late.late_seconds, late.last) == (True, 1200, "never")
    assert late.command == f"ranham cycle rerun {LABEL} open"
    only = status(session, view, now=NOW, periods=[period], late_only=True)
    assert [row.step for row in only] == ["open", "roll_up"]


def test_the_last_run_is_told_with_its_length_rows_error_and_link(
    session: Session, view: View, period: PeriodInfo
) -> None:
    run = service.begin_run(session, Step.ROLL_UP, LABEL, flow_run_id="f-1", now=NOW)
    running = seen(session, view, period)["roll_up"]
    assert (running.last, running.seconds) == ("running", None)
    service.end_run(session, run, now=NOW + timedelta(seconds=4), error="disk full")
    row = seen(session, view, period)["roll_up"]
    assert (row.last, row.seconds, row.error, row.run_id) == ("failed", 4.0, "disk full", run)
    assert row.flow_run_url == "http://prefect:4200/runs/flow-run/f-1"
    frozen = service.begin_run(session, Step.FREEZE, "RANHAM-V:2022", flow_run_id=None, now=NOW)
    assert seen(session, view, period)["freeze"].run_id == frozen


def test_reports_nobody_has_read_are_due_since_they_came(session: Session, view: View, period: PeriodInfo) -> None:
    service.open_period(session, period, now=NOW)
    service_now = datetime(2022, 9, 6, tzinfo=UTC)
    report(session, obligation_ids(session, period.plan_year_id)[0], period.id)
    row = seen(session, view, period, service_now)["verify"]
    assert (row.due, row.due_since) == (True, datetime(2022, 9, 5, tzinfo=UTC))


def test_files_that_wait_make_the_import_due(session: Session, view: View, period: PeriodInfo, tmp_path: Path) -> None:
    assert seen(session, view, period)["import"].due is False
    for name in ("2022-B08/kemendagri/a.csv", "2022-B08/kemendagri/done/b.csv", "2019-B04/kemendagri/c.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert seen(session, view, period)["import"].due is True
    assert seen(session, view, find_period(session, "2022-B12"))["import"].due is False


def test_the_holder_is_shown_with_its_age(session: Session, view: View, period: PeriodInfo) -> None:
    lease.acquire(session, f"period:{LABEL}", "host:7:x", seconds=60)
    session.execute(text("UPDATE lease SET taken_at = taken_at - interval '2 hours'"))
    row = seen(session, view, period)["open"]
    assert (row.lease_holder, row.lease_long) == ("host:7:x", True)
    assert 7200 <= (row.lease_seconds or 0) < 7300
    assert (row.command or "").startswith(f"ranham cycle release-lease {LABEL}")
    assert seen(session, view, period)["freeze"].lease_holder is None


def test_a_skipped_step_is_left_out_until_that_is_taken_back(session: Session, view: View, period: PeriodInfo) -> None:
    def opens() -> bool:
        return any(
            (each.step, each.period) == (Step.OPEN, LABEL) for each in due(session, now=NOW, close_after_days=30)
        )

    assert opens()
    assert intervention.skip(session, period, Step.OPEN, because="letter 12", by="ani", now=NOW)
    assert not intervention.skip(session, period, Step.OPEN, because="again", by="ani", now=NOW)
    assert not opens()
    row = seen(session, view, period)["open"]
    assert (row.skipped, row.late, row.command) == (True, False, f"ranham cycle unskip {LABEL} open")
    assert intervention.unskip(session, period, Step.OPEN, by="budi", now=NOW)
    assert not intervention.unskip(session, period, Step.OPEN, by="budi", now=NOW)
    assert opens()
    events = audit.events(session, subject="period", subject_id=period.id)
    assert [(event.kind, event.actor) for event in events] == [("step_unskipped", "budi"), ("step_skipped", "ani")]
    assert "letter 12" in events[1].payload


def test_a_skip_needs_a_reason_and_a_step_of_a_period(session: Session, period: PeriodInfo) -> None:
    with pytest.raises(BadInput):
        intervention.skip(session, period, Step.OPEN, because=" ", by="ani", now=NOW)
    with pytest.raises(Conflict, match="no step of a period"):
        intervention.skip(session, period, Step.TICK, because="x", by="ani", now=NOW)


def test_a_holder_whose_lease_was_released_cannot_write_any_more(
    session: Session, view: View, period: PeriodInfo
) -> None:
    name = f"period:{LABEL}"
    fence = lease.acquire(session, name, "host:7:x", seconds=3600)
    run = service.begin_run(session, Step.ROLL_UP, LABEL, flow_run_id=None, now=NOW)
    held_by = intervention.release_lease(session, "2022-B08", because="the host was replaced", by="ani", now=NOW)
    assert held_by == "host:7:x"
    with pytest.raises(Busy, match="taken over"):
        lease.check_fence(session, name, fence)
    assert lease.acquire(session, name, "next", seconds=60) > fence
    service.end_run(session, run, now=NOW, rows=5)
    session.expire_all()
    row = seen(session, view, period)["roll_up"]
    assert (row.last, row.rows) == ("lost", None)
    assert "released by ani: the host was replaced" in (row.error or "")
    (event,) = audit.events(session, subject="period", subject_id=period.id)
    assert event.kind == "lease_released"


def test_nothing_is_released_where_nobody_holds(session: Session) -> None:
    for label in ("2022-B08", "RANHAM-V:2022"):
        with pytest.raises(NotFound, match="nobody holds"):
            intervention.release_lease(session, label, because="x", by="ani", now=NOW)
    fence = lease.acquire(session, "period:RANHAM-V:2022", "freezer", seconds=60)
    assert fence
    assert intervention.release_lease(session, "RANHAM-V:2022", because="x", by="ani", now=NOW) == "freezer"


def test_a_closed_period_is_shown_while_something_is_due_or_when_asked_for(
    session: Session, view: View, period: PeriodInfo
) -> None:
    service.open_period(session, period, now=NOW)
    after = datetime(2022, 10, 30, tzinfo=UTC)
    service.close_period(session, period, now=after)
    assert seen(session, view, period, after)["propose"].due
    [number] = propose_due(session, period, now=after)
    rows = {row.step: row for row in status(session, view, now=after) if row.period == LABEL}
    assert not rows["propose"].due
    assert rows["publish"].command == f"ranham release sign-off {number}"
    release.drop(session, number, by="budi", now=after)
    assert LABEL not in {row.period for row in status(session, view, now=after)}
    assert seen(session, view, period, after)


@pytest.fixture
def signed_off(session: Session, period: PeriodInfo) -> Iterator[tuple[str, datetime]]:
    """A release that nobody has published yet, and since when."""
    at = datetime(2022, 10, 30, tzinfo=UTC)
    service.open_period(session, period, now=NOW)
    service.close_period(session, period, now=at)
    [number] = propose_due(session, period, now=at)
    release.sign_off(session, number, by="budi", now=at)
    yield number, at
    settings.cache_clear()


def test_what_nobody_publishes_is_late_from_whatever_machine(
    session: Session, view: View, period: PeriodInfo, signed_off: tuple[str, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker may have a key although this machine has none, or the other way round."""
    number, at = signed_off
    seen_here = []
    for key in ("", "/etc/ranham/worker/signing_key"):
        settings.cache_clear()
        if key:
            monkeypatch.setenv("RANHAM_SIGNING_KEY_FILE", key)
        early = seen(session, view, period, at + timedelta(minutes=5))["publish"]
        late = seen(session, view, period, at + timedelta(minutes=20))["publish"]
        assert (early.due, early.due_since, early.late, late.late) == (True, at, False, True)
        steps_here = {each.step for each in due(session, now=at, close_after_days=30) if each.period == LABEL}
        assert (Step.PUBLISH in steps_here) == bool(key)
        seen_here.append((late.action, late.command))
    without, with_key = seen_here
    assert number in without[0]
    assert "not known on this machine" in without[0]
    assert without[1] == "ranham doctor"
    assert with_key[1] == f"ranham cycle rerun {LABEL} publish"
