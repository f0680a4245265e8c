"""Close a period: count for the last time, figures are final; again changes nothing."""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease, service
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period


@task(name="count-and-close", **DATABASE)
def count_and_close(period: str, early_because: str | None, lease_name: str, fence: int) -> bool:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        found = find_period(session, period)
        return service.close_period(session, found, now=clock.now(), early_because=early_because)


@flow(name="close-period", flow_run_name="close-{period}")
@skipped_when_busy
def close_period(period: str, early_because: str | None = None) -> bool:
    """True if this run closed it; before the window ends only with a reason, which our record of the run keeps."""
    with recorded(Step.CLOSE, period) as run:
        closed = count_and_close(period, early_because, run.lease, run.fence)
        run.summary = {"closed": closed, "early_because": early_because}
    return closed
