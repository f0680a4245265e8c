"""Empty `inbox/workbooks/*.xlsx` into the drafts, and `inbox/workbooks/submit/*.xlsx`, which are also sent.

Each file is moved to done or rejected, with what goes back to its unit beside it. It is moved after the commit: killed in
between, the next run finds nothing new in it and only moves it. A file that was laid over it meanwhile stays for the next run.
"""

from pathlib import Path

from prefect import flow, get_run_logger, task

from flows.busy import at_each, skipped_when_busy
from flows.inbox import free_name, is_whole, place, put_aside
from flows.recorded import recorded
from flows.retries import DATABASE
from flows.scheduled import scheduled
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.cycle.queries import skipped
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import RanhamError
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period, full_label
from ranham.submission import workbook
from ranham.submission.reports import Cause
from ranham.submission.workbook import Terms, WorkbookReceipt

FOLDER, SUBMIT = "workbooks", "submit"
SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".xltx", ".ods", ".csv", ".zip"}
"""Also what people take for the same: it is rejected with the reason, and does not lie there for ever."""


@task(name="take-workbook", task_run_name="take-{path}", **DATABASE)
def take_one(path: str, lease_name: str, fence: int) -> int:
    """Answers written; the file stands in done or rejected afterwards."""
    file = Path(path)
    terms = Terms(submit=file.parent.name == SUBMIT, channel="inbox", simulated="simulated" in file.name)
    try:
        with unit_of_work() as session:
            # Committed before the work begins, or nobody else would see it until the file is done.
            lease.renew(session, lease_name, fence, seconds=settings().lease_seconds)
        with unit_of_work() as session:
            lease.check_fence(session, lease_name, fence)
            data = workbook.load(file)
            receipt = workbook.take(session, data, Cause("inbox", clock.now()), terms, name=file.name)
        back = _back(data, receipt, file.name)
    except Exception as refused:  # noqa: BLE001 - a door: what is not the file's fault goes on
        get_run_logger().warning("%s rejected: %s", file.name, put_aside(file, refused))
        return 0
    if file.read_bytes() != data:
        get_run_logger().info("%s was laid there anew meanwhile; the next run takes it", file.name)
        return receipt.answers_written
    target = place(file, "rejected" if receipt.refused and not (receipt.answers_written or receipt.sent) else "done")
    # A unit may have sent us a file of this name: the one that came back last time, filled in.
    free_name(target.with_name(f"{target.stem}.back.xlsx"), back).write_bytes(back)
    file.replace(target)
    return receipt.answers_written


def _back(data: bytes, receipt: WorkbookReceipt, name: str) -> bytes:
    """Marked where something is wrong, else fresh to go on with."""
    if receipt.findings:
        return workbook.marked(data, receipt.findings, stands=receipt.stands, name=name)
    with read_session() as session:
        return workbook.make(session, receipt.unit, receipt.period, clock.now())


def waiting_workbooks() -> list[Path]:
    folder = settings().inbox / FOLDER
    found = [*folder.glob("*"), *(folder / SUBMIT).glob("*")]
    return sorted(path for path in found if is_whole(path, SUFFIXES))


def workbooks_by_period() -> tuple[dict[str, list[Path]], dict[Path, Exception]]:
    """Waiting files by the period that they are of; and those of which nobody can say it, with the reason."""
    known: dict[str, list[Path]] = {}
    strange: dict[Path, Exception] = {}
    for file in waiting_workbooks():
        try:
            with read_session() as session:
                known.setdefault(full_label(find_period(session, workbook.period_of(file))), []).append(file)
        except Exception as refused:  # noqa: BLE001 - a door: `put_aside` tells whose fault it is
            if file.exists():  # else another run has just taken it
                strange[file] = refused
    return known, strange


def workbooks_of(period: str) -> list[Path]:
    """Waiting files of a period."""
    with read_session() as session:
        label = full_label(find_period(session, period))
    return workbooks_by_period()[0].get(label, [])


@flow(name="take-workbooks")
@scheduled
@skipped_when_busy
def take_workbooks(period: str | None = None) -> int:
    """Take every waiting workbook of a period, or of all periods, into the drafts; answers written."""
    if period is not None:
        return _take_waiting(period)
    known, strange = workbooks_by_period()
    unread = {file: refused for file, refused in strange.items() if isinstance(refused, OSError)}
    for file in strange.keys() - unread.keys():
        get_run_logger().warning("%s rejected: %s", file.name, put_aside(file, strange[file]))
    with read_session() as session:
        left_out = skipped(session)
    taken = at_each(sorted(label for label in known if (Step.IMPORT, label) not in left_out), _take_waiting)
    for file, error in unread.items():  # told at the end: one file that cannot be read keeps nobody else's waiting
        raise RanhamError(f"{file} cannot be read and stays where it is: {error}") from error
    return taken


def _take_waiting(period: str) -> int:
    if not workbooks_of(period):
        return 0
    with recorded(Step.IMPORT, period) as run:
        # Listed again under the lease: a run that ended just now may have taken them.
        files = workbooks_of(period)
        run.rows = sum(take_one(str(file), run.lease, run.fence) for file in files)
        run.summary = {"workbooks": len(files)}
    return run.rows
