"""Make and propose the release of a closed period, and of the year that it ends; again makes nothing.

The flow ends there: whoever signs off takes days, and no worker waits for it. The tick goes on once it is done.
"""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period
from ranham.release.course import propose_due


@task(name="make-and-propose", **DATABASE)
def make_and_propose(period: str, lease_name: str, fence: int) -> list[str]:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return propose_due(session, find_period(session, period), now=clock.now())


@flow(name="propose-release", flow_run_name="propose-release-{period}")
@skipped_when_busy
def propose_release(period: str) -> list[str]:
    """Numbers of what was proposed."""
    with recorded(Step.PROPOSE, period) as run:
        numbers = make_and_propose(period, run.lease, run.fence)
        run.rows, run.summary = len(numbers), {"proposed": numbers}
    return numbers
