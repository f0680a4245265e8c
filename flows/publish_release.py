"""Sign and publish what the ministry signed off; again publishes nothing."""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.release.course import publish_due
from ranham.release.signing import read_key


@task(name="sign-and-publish", **DATABASE)
def sign_and_publish(period: str, lease_name: str, fence: int) -> list[str]:
    # Read here and nowhere else: what a task is given is kept by Prefect.
    key = read_key(settings().signing_key_file)
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return publish_due(session, find_period(session, period), key=key, now=clock.now())


@flow(name="publish-release", flow_run_name="publish-release-{period}")
@skipped_when_busy
def publish_release(period: str) -> list[str]:
    """Numbers of what was published."""
    with recorded(Step.PUBLISH, period) as run:
        numbers = sign_and_publish(period, run.lease, run.fence)
        run.rows, run.summary = len(numbers), {"published": numbers}
    return numbers
