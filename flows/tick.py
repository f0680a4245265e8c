"""The tick: asks the database what is due and does it. A tick that was missed is healed by the next."""

from dataclasses import dataclass, field
from typing import Any

from prefect import Flow, flow, get_run_logger

from flows.annual_report import annual_report
from flows.busy import result_of
from flows.close_period import close_period
from flows.distribute_release import distribute_release
from flows.fill_queue import fill_queue
from flows.freeze_year import freeze_year
from flows.import_inbox import import_inbox, periods_with_files
from flows.open_period import open_period
from flows.propose_release import propose_release
from flows.publish_release import publish_release
from flows.remind import remind
from flows.roll_up import roll_up
from flows.scheduled import scheduled
from flows.showing import show_status, tell_deliveries, tell_lease
from flows.take_workbooks import take_workbooks, workbooks_by_period, workbooks_of
from ranham.cycle import service
from ranham.cycle.models import Step
from ranham.cycle.queries import Due, due, skipped
from ranham.cycle.status import status, view_of
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import Busy, RanhamError, Unavailable
from ranham.kernel.settings import settings
from ranham.outbox.deliveries.queries import count_for_a_person
from ranham.plan.queries import split_label


@dataclass(slots=True)
class Tally:
    """What became of the steps of a tick."""

    done: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    """Periods that somebody else is at."""
    failed: dict[str, str] = field(default_factory=dict)
    """Period -> why."""


def _what_is_due() -> list[Due]:
    with read_session() as session:
        return due(session, now=clock.now(), close_after_days=settings().close_after_days)


OF_A_PERIOD: dict[Step, Flow[[str], Any]] = {
    Step.OPEN: open_period,
    Step.VERIFY: fill_queue,
    Step.ROLL_UP: roll_up,
    Step.REMIND: remind,
    Step.CLOSE: close_period,
    Step.PROPOSE: propose_release,
    Step.PUBLISH: publish_release,
    Step.DISTRIBUTE: distribute_release,
    Step.ANNUAL_REPORT: annual_report,
}


def _do(step: Step, period: str) -> None:
    match step:
        case Step.FREEZE:
            regulation, year, _ = split_label(period)
            result_of(freeze_year, year, regulation)
        case Step.IMPORT:
            if periods_with_files(period):
                result_of(import_inbox, period)
            if workbooks_of(period):
                result_of(take_workbooks, period)
        case _:
            result_of(OF_A_PERIOD[step], period)


@flow(name="tick")
@scheduled
def tick() -> list[str]:
    """Do what is due, period by period; one period's failure leaves the others alone and fails the tick at its end."""
    tally = Tally()
    with unit_of_work() as session:
        service.mark_lost(session, now=clock.now())
        left_out = skipped(session)
    for period in dict.fromkeys([*periods_with_files(), *workbooks_by_period()[0]]):
        if (Step.IMPORT, period) not in left_out:
            _guarded(Step.IMPORT, period, tally)
    for each in _what_is_due():
        _guarded(each.step, each.period, tally)
    try:
        _show()
    except Exception:  # noqa: BLE001 - the work is done, whatever keeps it from being shown; what failed is raised below
        get_run_logger().exception("the state after the tick could not be shown")
    get_run_logger().info("done: %s", ", ".join(tally.done) or "nothing was due")
    if tally.failed:
        raise RanhamError("; ".join(f"{period}: {why}" for period, why in tally.failed.items()))
    return tally.done


def _show() -> None:
    """The state after the tick, in Prefect's pages; and events for its automations, on which nothing depends."""
    with read_session() as session:
        rows = status(session, view_of(settings()), now=clock.now())
        waiting = count_for_a_person(session)
    show_status(rows)
    for row in {row.period: row for row in rows if row.lease_long}.values():
        tell_lease(row)
    if waiting >= settings().failed_deliveries:
        tell_deliveries(waiting)


def _guarded(step: Step, period: str, tally: Tally) -> None:
    """Run one step; where a step failed or somebody else is at the period, its later steps wait for the next tick."""
    if period in tally.left or period in tally.failed:
        return
    name = f"{step.value} {period}"
    try:
        _do(step, period)
        tally.done.append(name)
    except Exception as error:  # noqa: BLE001 - a door: whatever went wrong stays with this period
        if isinstance(error, Busy) and not isinstance(error, Unavailable):
            tally.left.add(period)
            get_run_logger().info("%s left to its present holder: %s", name, error)
            return
        tally.failed[period] = f"{name}: {type(error).__name__}: {error}"
        get_run_logger().exception("%s failed", name)
