"""One run at a time works on a period; a paused former holder cannot write."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from ranham.cycle import intervention, lease, service
from ranham.cycle.models import CycleRun, RunState, Step
from ranham.kernel import database
from ranham.kernel.errors import Busy
from ranham.kernel.settings import settings
from tests.patience import PATIENCE_SECONDS

NAME = "period:RANHAM-V:2022-B08"
NOW = datetime(2022, 9, 10, tzinfo=UTC)


def run_out(session: Session, name: str = NAME) -> None:
    session.execute(text("UPDATE lease SET expires_at = clock_timestamp() WHERE name = :name"), {"name": name})


def test_a_second_holder_is_told_who_holds_it_and_until_when(session: Session) -> None:
    lease.acquire(session, NAME, "first", seconds=60)
    with pytest.raises(Busy, match=r"held by first until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"):
        lease.acquire(session, NAME, "second", seconds=60)


def test_a_dead_holders_lease_runs_out_by_itself(session: Session) -> None:
    first = lease.acquire(session, NAME, "dead", seconds=60)
    run_out(session)
    assert lease.acquire(session, NAME, "second", seconds=60) > first


def test_a_paused_former_holder_cannot_write_renew_or_release(session: Session) -> None:
    old = lease.acquire(session, NAME, "paused", seconds=60)
    run_out(session)
    new = lease.acquire(session, NAME, "second", seconds=60)
    with pytest.raises(Busy, match="taken over"):
        lease.check_fence(session, NAME, old)
    with pytest.raises(Busy, match="taken over"):
        lease.renew(session, NAME, old, seconds=60)
    lease.release(session, NAME, old)
    lease.check_fence(session, NAME, new)
    with pytest.raises(Busy, match="held by second"):
        lease.acquire(session, NAME, "third", seconds=60)


def test_the_fence_grows_over_a_release(session: Session) -> None:
    first = lease.acquire(session, NAME, "first", seconds=60)
    lease.release(session, NAME, first)
    assert lease.acquire(session, NAME, "second", seconds=60) == first + 1


def test_a_write_in_flight_keeps_the_next_holder_waiting(national: Engine) -> None:
    """The writing transaction holds the lease's row: a takeover comes after its commit, not into its middle."""
    with Session(national) as session, session.begin():
        fence = lease.acquire(session, NAME, "writer", seconds=0)
    taken = threading.Event()

    def take_over() -> None:
        with Session(national) as other, other.begin():
            lease.acquire(other, NAME, "next", seconds=60)
        taken.set()

    with Session(national) as writer, writer.begin():
        lease.check_fence(writer, NAME, fence)
        thread = threading.Thread(target=take_over)
        thread.start()
        assert not taken.wait(0.5)
    thread.join(PATIENCE_SECONDS)
    assert taken.is_set()


@pytest.fixture
def writing(application: Engine) -> Iterator[int]:
    """A holder in the middle of its transaction; its fence."""
    with database.unit_of_work() as session:
        fence = lease.acquire(session, NAME, "writer", seconds=60)
    with database.unit_of_work() as writer:
        lease.check_fence(writer, NAME, fence)
        yield fence
        lease.check_fence(writer, NAME, fence)


def test_that_a_lease_is_held_is_said_while_its_holder_writes(writing: int) -> None:
    with pytest.raises(Busy, match="held by writer until"), database.unit_of_work() as other:
        other.execute(text("SET LOCAL lock_timeout = '1s'"))  # who waits here would hear of that
        lease.acquire(other, NAME, "tick", seconds=60)


def test_a_lease_is_not_taken_from_a_holder_that_writes_and_that_is_said(writing: int) -> None:
    with pytest.raises(Busy, match="in the middle of a transaction"), database.unit_of_work() as other:
        intervention.release_lease(other, "2022-B08", because="it takes long", by="ani", now=NOW)


def test_who_takes_a_lease_away_waits_for_other_locks_as_before(application: Engine) -> None:
    with database.unit_of_work() as session:
        lease.acquire(session, NAME, "gone", seconds=60)
        session.execute(text("SET LOCAL lock_timeout = '7min'"))
        assert lease.take_away(session, NAME) == "gone"
        assert session.scalar(text("SHOW lock_timeout")) == "7min"


def test_of_many_at_once_exactly_one_gets_the_lease(national: Engine) -> None:
    outcomes: list[str] = []

    def contend(holder: str) -> None:
        try:
            with Session(national) as session, session.begin():
                lease.acquire(session, NAME, holder, seconds=60)
            outcomes.append("got it")
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=contend, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["busy"] * 7 + ["got it"]


def begin(session: Session, step: Step) -> int:
    return service.begin_run(session, step, NAME.removeprefix(service.LEASE_PREFIX), flow_run_id=None, now=NOW)


def test_a_run_whose_lease_ran_out_is_marked_lost_and_a_living_one_is_not(session: Session) -> None:
    lease.acquire(session, NAME, "first", seconds=60)
    run_id = begin(session, Step.ROLL_UP)
    assert service.mark_lost(session, now=NOW) == 0
    run_out(session)
    assert service.mark_lost(session, now=NOW) == 1
    session.expire_all()
    assert session.get_one(CycleRun, run_id).state is RunState.LOST


@pytest.mark.parametrize(("error", "state"), [(None, RunState.DONE), ("disk full", RunState.FAILED)])
def test_a_run_that_was_only_slow_says_how_it_ended(session: Session, error: str | None, state: RunState) -> None:
    fence = lease.acquire(session, NAME, "slow", seconds=60)
    run_id = begin(session, Step.ANNUAL_REPORT)
    run_out(session)
    assert service.mark_lost(session, now=NOW) == 1
    session.expire_all()
    service.end_run(session, run_id, now=NOW, fence=fence, rows=5, error=error)
    session.expire_all()
    found = session.get_one(CycleRun, run_id)
    assert (found.state, found.rows, found.error) == (state, 5, error)


def test_a_run_whose_lease_somebody_took_stays_lost(session: Session) -> None:
    fence = lease.acquire(session, NAME, "slow", seconds=60)
    run_id = begin(session, Step.ANNUAL_REPORT)
    run_out(session)
    service.mark_lost(session, now=NOW)
    lease.acquire(session, NAME, "next", seconds=60)
    session.expire_all()
    service.end_run(session, run_id, now=NOW, fence=fence, rows=5)
    session.expire_all()
    assert session.get_one(CycleRun, run_id).state is RunState.LOST


def test_the_next_run_of_a_period_marks_a_lost_one_whatever_its_step(session: Session) -> None:
    lost, present = begin(session, Step.IMPORT), begin(session, Step.ROLL_UP)
    session.expire_all()
    assert session.get_one(CycleRun, lost).state is RunState.LOST
    assert session.get_one(CycleRun, present).state is RunState.RUNNING


@pytest.mark.parametrize(
    "asked",
    [
        lambda paused, fence: lease.check_fence(paused, NAME, fence),
        lambda paused, fence: lease.release(paused, NAME, fence),
        lambda paused, _: lease.acquire(paused, NAME, "paused", seconds=0),
    ],
    ids=["writing", "letting go", "taking"],
)
def test_a_holder_that_is_silent_in_its_transaction_gives_way_to_the_next(
    application: Engine, monkeypatch: pytest.MonkeyPatch, asked: Callable[[Session, int], object]
) -> None:
    """As one that was paused there: the row of the lease would stay locked for as long as it sleeps."""
    monkeypatch.setenv("RANHAM_LEASE_SECONDS", "1")
    settings.cache_clear()
    with database.unit_of_work() as session:
        fence = lease.acquire(session, NAME, "paused", seconds=0)
    with pytest.raises(InternalError, match="idle-in-transaction"), database.unit_of_work() as paused:
        asked(paused, fence)
        with Session(application) as session, session.begin():
            # Else the test would hang where it is to fail.
            session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
            assert lease.acquire(session, NAME, "next", seconds=60) == fence + 1
        lease.renew(paused, NAME, fence, seconds=60)


def test_only_work_under_a_lease_is_hurried(application: Engine) -> None:
    """A backup or a check of all evidence may well be silent for longer in its transaction."""
    shown = text("SHOW idle_in_transaction_session_timeout")
    for door in (database.unit_of_work, database.read_session):
        with door() as session:
            assert session.scalar(shown) == "0"
    with database.unit_of_work() as session:
        fence = lease.acquire(session, NAME, "first", seconds=60)
        lease.check_fence(session, NAME, fence)
        assert session.scalar(shown) == "5min"
    with database.unit_of_work() as session:
        assert session.scalar(shown) == "0"


def test_the_server_looks_whether_a_silent_host_is_still_there(application: Engine) -> None:
    with database.unit_of_work() as session:
        over_network = session.scalar(text("SELECT inet_server_addr() IS NOT NULL"))
        said = session.execute(  # numbers without units, which SHOW gives with them on some versions
            text("SELECT name, setting FROM pg_settings WHERE name IN ('tcp_keepalives_idle', 'tcp_user_timeout')")
        )
        # A Unix socket closes with its process.
        seconds, milliseconds = ("30", "60000") if over_network else ("0", "0")
        assert dict(tuple(row) for row in said) == {"tcp_keepalives_idle": seconds, "tcp_user_timeout": milliseconds}
