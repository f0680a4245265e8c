"""Write the annual report to the President and a sheet for each province, once for each published version of a year."""

from prefect import flow, task

from flows.busy import skipped_when_busy
from flows.recorded import hold_on, recorded
from flows.retries import DATABASE
from flows.showing import Progress
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.release.companions import companions, load_public
from ranham.release.course import course_of
from ranham.release.distribution import record, write_documents
from ranham.release.models import OutputKind
from ranham.release.service_report import service_report


@task(name="write-documents", **DATABASE)
def write_all_documents(number: str, lease_name: str, fence: int) -> tuple[str, dict[str, str]]:
    """Tag and digests. The lease is held on to before the long parts, and with each sheet."""
    hold_on(lease_name, fence)
    with read_session() as session:
        content = load_public(session, number)
        periods = companions(session, content.header)
        cycles = [
            service_report(
                session, find_period(session, f"{each.header.regulation}:{each.header.label}"), as_of=clock.now()
            )
            for each in periods
        ]
    progress: list[Progress] = []

    def reached(done: int, whole: int) -> None:
        hold_on(lease_name, fence)
        if not progress:
            progress.append(Progress("progress-annual-report", whole))
        progress[0].reached(done)

    hold_on(lease_name, fence)
    folder = settings().data_dir / "release-files"
    return write_documents(folder, content, periods=periods, service=cycles, reached=reached)


@task(name="record-documents", **DATABASE)
def record_documents(number: str, content_tag: str, files: dict[str, str], lease_name: str, fence: int) -> bool:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return record(session, number, OutputKind.DOCUMENTS, files, now=clock.now(), content_tag=content_tag)


@flow(name="annual-report", flow_run_name="annual-report-{period}")
@skipped_when_busy
def annual_report(period: str) -> list[str]:
    """Numbers of the years whose report was written; `period` is the one that ends the year."""
    with recorded(Step.ANNUAL_REPORT, period) as run:
        with read_session() as session:
            numbers = [number for number, _ in course_of(session, find_period(session, period)).report]
        for number in numbers:
            content_tag, files = write_all_documents(number, run.lease, run.fence)
            record_documents(number, content_tag, files, run.lease, run.fence)
        run.rows, run.summary = len(numbers), {"reported": numbers}
    return numbers
