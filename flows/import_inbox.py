"""Empty the inbox: `inbox/<period>/<code system>/*.csv|*.xlsx`, each file moved to done or rejected with its report.

A file is moved after its rows are committed. Killed in between, the next run finds the file already imported, and
only moves it.
"""

from pathlib import Path

from prefect import flow, get_run_logger, task

from flows.busy import at_each, skipped_when_busy
from flows.inbox import is_whole, place, put_aside
from flows.recorded import recorded
from flows.retries import DATABASE
from flows.scheduled import scheduled
from flows.showing import Progress
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.cycle.queries import closed_periods, open_periods, skipped
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period, full_label, meanings
from ranham.submission.service import import_file, write_report

SUFFIXES = {".csv", ".xlsx"}


@task(name="import-file", task_run_name="import-{path}", **DATABASE)
def import_one(path: str, period: str, lease_name: str, fence: int) -> int:
    """Rows accepted; the file stands in done or rejected afterwards."""
    file = Path(path)
    try:
        with unit_of_work() as session:
            # Committed before the work begins, or nobody else would see it until the file is done.
            lease.renew(session, lease_name, fence, seconds=settings().lease_seconds)
        with unit_of_work() as session:
            lease.check_fence(session, lease_name, fence)
            receipt = import_file(
                session,
                file,
                period=find_period(session, period),
                code_system=file.parent.name,
                now=clock.now(),
                channel="inbox",
                author="inbox",
                simulated="simulated" in file.name,
            )
    except Exception as refused:  # noqa: BLE001 - a door: what is not the file's fault goes on
        get_run_logger().warning("%s rejected: %s", file.name, put_aside(file, refused))
        return 0
    target = place(file, "done" if receipt.rows_accepted or receipt.already_imported else "rejected")
    if receipt.findings:
        write_report(receipt, target.with_name(target.name + ".report.csv"))
    file.replace(target)
    return receipt.rows_accepted


def waiting(folders: list[str]) -> list[Path]:
    """Files in these folders of the inbox."""
    found = (path for name in folders for path in (settings().inbox / name).glob("*/*"))
    return sorted(path for path in found if is_whole(path, SUFFIXES))


@flow(name="import-inbox", flow_run_name="import-{period}")
@scheduled
@skipped_when_busy
def import_inbox(period: str | None = None) -> int:
    """Import every waiting file of a period, or of all periods; rows accepted."""
    found = periods_with_files(period)
    return at_each(list(found), lambda label: _import_waiting(label, found[label]))


def periods_with_files(period: str | None = None) -> dict[str, list[str]]:
    """The period, or all, that have files waiting, by full label with their folders.

    Of all, those whose import operators skip are left out. Open periods first, then closed ones: their files are refused with a report instead of lying there for ever. A
    folder's name may lack the regulation only where it means no other period: both may know a unit's code and an
    action's, so a report could become the other regulation's.
    """
    with read_session() as session:
        labels = (
            [*open_periods(session), *closed_periods(session)]
            if period is None
            else [full_label(find_period(session, period))]
        )
        left_out = skipped(session)
        short = {label: label.rpartition(":")[2] for label in labels}
        meant = {name: [full_label(each) for each in meanings(session, name)] for name in sorted(set(short.values()))}
    for name, options in meant.items():
        if len(options) > 1 and (left := waiting([name])):
            get_run_logger().warning(
                "%s: files left alone: %s; they may be of %s: put them into a folder with the full name",
                settings().inbox / name, len(left), " or of ".join(options),
            )  # fmt: skip
    folders = {label: [label, name] if len(meant[name]) == 1 else [label] for label, name in short.items()}
    return {
        label: names
        for label, names in folders.items()
        if waiting(names) and (period is not None or (Step.IMPORT, label) not in left_out)
    }


def _import_waiting(period: str, folders: list[str]) -> int:
    if not waiting(folders):
        return 0
    with recorded(Step.IMPORT, period) as run:
        # Listed again under the lease: a run that ended just now may have taken them.
        files = waiting(folders)
        progress = Progress("progress-import", len(files))
        for number, file in enumerate(files, 1):
            run.rows += import_one(str(file), period, run.lease, run.fence)
            progress.reached(number)
        run.summary = {"files": len(files)}
    return run.rows
