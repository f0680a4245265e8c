"""The tick: asks the database what is due and does it. A tick that was missed is healed by the next."""

from collections.abc import Callable

from prefect import flow, get_run_logger

from flows.close_period import close_period
from flows.freeze_year import freeze_year
from flows.import_inbox import import_inbox, periods_with_files
from flows.open_period import open_period
from flows.roll_up import roll_up
from ranham.cycle import service
from ranham.cycle.models import Step
from ranham.cycle.queries import Due, due
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import Busy, RanhamError
from ranham.kernel.settings import settings
from ranham.plan.queries import split_label


def _what_is_due() -> list[Due]:
    with read_session() as session:
        return due(session, now=clock.now(), close_after_days=settings().close_after_days)


def _do(step: Step, period: str) -> None:
    regulation, year, _ = split_label(period)
    match step:
        case Step.FREEZE:
            freeze_year(year, regulation)
        case Step.OPEN:
            open_period(period)
        case Step.ROLL_UP:
            roll_up(period)
        case Step.CLOSE:
            close_period(period)


@flow(name="tick")
def tick() -> list[str]:
    """Do what is due, period by period; one period's failure leaves the others alone and fails the tick at its end."""
    log = get_run_logger()
    done: list[str] = []
    failed: dict[str, str] = {}
    with unit_of_work() as session:
        service.mark_lost(session, now=clock.now())
    for period in periods_with_files():
        _guarded(lambda period=period: import_inbox(period), f"import {period}", period, done, failed)  # type: ignore[misc]
    for each in _what_is_due():
        if each.period not in failed:
            name = f"{each.step.value} {each.period}"
            _guarded(lambda each=each: _do(each.step, each.period), name, each.period, done, failed)  # type: ignore[misc]
    log.info("done: %s", ", ".join(done) or "nothing was due")
    if failed:
        raise RanhamError("; ".join(f"{period}: {why}" for period, why in failed.items()))
    return done


def _guarded(work: Callable[[], object], name: str, period: str, done: list[str], failed: dict[str, str]) -> None:
    """Run one step; somebody else at the same period is no failure, the next tick comes back."""
    try:
        work()
        done.append(name)
    except Busy as busy:
        get_run_logger().info("%s left to its present holder: %s", name, busy)
    except Exception as error:  # noqa: BLE001 - a door: whatever went wrong stays with this period
        failed[period] = f"{name}: {type(error).__name__}: {error}"
        get_run_logger().exception("%s failed", name)
