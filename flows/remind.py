"""Write the reminders that are due into the ledger and the outbox; again writes nothing."""

from dataclasses import asdict

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period
from ranham.reminder.planning import plan


@task(name="plan-reminders", **DATABASE)
def plan_reminders(period: str, lease_name: str, fence: int) -> dict[str, int]:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return asdict(plan(session, find_period(session, period), now=clock.now()))


@flow(name="remind", flow_run_name="remind-{period}")
@skipped_when_busy
def remind(period: str) -> int:
    """Rows of the ledger that are new."""
    with recorded(Step.REMIND, period) as run:
        run.summary = plan_reminders(period, run.lease, run.fence)
        run.rows = sum(run.summary.values())
    return run.rows
