"""Write the files of what is published, and tell whoever answers for figures; again writes and tells nothing."""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import hold_on, recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.release.content import ReleaseContent, load
from ranham.release.course import course_of
from ranham.release.distribution import record, write_files
from ranham.release.in_force import in_force
from ranham.release.kept import tag
from ranham.release.models import OutputKind


@task(name="write-release-files", **DATABASE)
def write_release_files(number: str, lease_name: str, fence: int) -> tuple[str, dict[str, str]]:
    """What their bytes depend on, and their digests. The lease is held on to before each file that has to be written."""
    hold_on(lease_name, fence)
    with read_session() as session:
        content = load(session, number)
        policy = in_force(session, content.header.rules)
    folder = settings().data_dir / "release-files"
    content_tag = tag(content.header.content_hash, policy)

    def next_one() -> ReleaseContent:
        hold_on(lease_name, fence)
        return content

    return content_tag, write_files(folder, content_tag, policy, next_one)


@task(name="tell-of-release", **DATABASE)
def tell_of_release(number: str, content_tag: str, files: dict[str, str], lease_name: str, fence: int) -> bool:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return record(session, number, OutputKind.FILES, files, now=clock.now(), content_tag=content_tag)


@flow(name="distribute-release", flow_run_name="distribute-release-{period}")
@skipped_when_busy
def distribute_release(period: str) -> list[str]:
    """Numbers of what was distributed."""
    with recorded(Step.DISTRIBUTE, period) as run:
        with read_session() as session:
            numbers = [number for number, _ in course_of(session, find_period(session, period)).distribute]
        for number in numbers:
            tag_and_files = write_release_files(number, run.lease, run.fence)
            tell_of_release(number, *tag_and_files, run.lease, run.fence)
        run.rows, run.summary = len(numbers), {"distributed": numbers}
    return numbers
