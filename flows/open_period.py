"""Open a period whose window has begun; again changes nothing."""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease, service
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period


@task(name="open-window", **DATABASE)
def open_window(period: str, lease_name: str, fence: int) -> bool:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return service.open_period(session, find_period(session, period), now=clock.now())


@flow(name="open-period", flow_run_name="open-{period}")
@skipped_when_busy
def open_period(period: str) -> bool:
    """True if this run opened it."""
    with recorded(Step.OPEN, period) as run:
        opened = open_window(period, run.lease, run.fence)
        run.summary = {"opened": opened}
    return opened
