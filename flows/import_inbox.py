"""Empty the inbox: `inbox/<period>/<code system>/*.csv|*.xlsx`, each file moved to done or rejected with its report.

A file is moved after its rows are committed. Killed in between, the next run finds the file already imported, and
only moves it.
"""

import hashlib
from pathlib import Path

from prefect import flow, get_run_logger, task
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.cycle.queries import closed_periods, open_periods
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import BadInput, Busy, RanhamError
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period, full_label, meanings
from ranham.submission.service import import_file, write_report

SUFFIXES = {".csv", ".xlsx"}
PASSING = (".", "~$")
"""How names begin that other programs give to files for a while: locks, and copies under way."""


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
    except (Busy, OSError):
        raise  # not the file's fault: it stays for the next run
    except Exception as refused:
        if isinstance(refused, SQLAlchemyError) and not isinstance(refused, DataError | IntegrityError):
            raise  # the database's fault, and only values and keys are the file's
        target = _place(file, "rejected")
        lines = [str(f) for f in refused.findings] if isinstance(refused, BadInput) else [_words(refused)]
        target.with_name(target.name + ".report.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        file.replace(target)
        get_run_logger().warning("%s rejected: %s", file.name, lines[0])
        return 0
    target = _place(file, "done" if receipt.rows_accepted or receipt.already_imported else "rejected")
    if receipt.findings:
        write_report(receipt, target.with_name(target.name + ".report.csv"))
    file.replace(target)
    return receipt.rows_accepted


def _words(refused: Exception) -> str:
    return str(refused) if isinstance(refused, RanhamError) else f"{type(refused).__name__}: {refused}"


def _place(file: Path, folder: str) -> Path:
    """Where the file goes; another file of the same name is not overwritten."""
    target = file.parent / folder / file.name
    target.parent.mkdir(exist_ok=True)
    if target.exists() and (content := file.read_bytes()) != target.read_bytes():
        target = target.with_name(f"{target.stem}.{hashlib.sha256(content).hexdigest()[:12]}{target.suffix}")
    return target


def waiting(folders: list[str]) -> list[Path]:
    """Files in these folders of the inbox."""
    return sorted(path for name in folders for path in (settings().inbox / name).glob("*/*") if _whole(path))


def _whole(path: Path) -> bool:
    """A report that is there to the end: one that changed just now is still being copied and waits for the next run."""
    return (
        path.suffix.lower() in SUFFIXES
        and not path.name.startswith(PASSING)
        and path.is_file()
        and clock.seconds_since_change(path) >= settings().inbox_settle_seconds
    )


@flow(name="import-inbox", flow_run_name="import-{period}")
@skipped_when_busy
def import_inbox(period: str | None = None) -> int:
    """Import every waiting file of a period, or of all periods; rows accepted."""
    accepted, found = 0, periods_with_files(period)
    left: list[Busy] = []
    for label, folders in found.items():
        try:
            accepted += _import_waiting(label, folders)
        except Busy as busy:
            if period is not None:
                raise
            left.append(busy)
            get_run_logger().info("%s left to its present holder: %s", label, busy)
    if left and len(left) == len(found):
        raise left[0]  # nothing could be begun; the log names the holders of the others
    return accepted


def periods_with_files(period: str | None = None) -> dict[str, list[str]]:
    """The period, or all, that have files waiting, by full label with their folders.

    Open periods first, then closed ones: their files are refused with a report instead of lying there for ever. A
    folder's name may lack the regulation only where it means no other period: both may know a unit's code and an
    action's, so a report could become the other regulation's.
    """
    with read_session() as session:
        labels = (
            [*open_periods(session), *closed_periods(session)]
            if period is None
            else [full_label(find_period(session, period))]
        )
        short = {label: label.rpartition(":")[2] for label in labels}
        meant = {name: [full_label(each) for each in meanings(session, name)] for name in sorted(set(short.values()))}
    for name, options in meant.items():
        if len(options) > 1 and (left := waiting([name])):
            get_run_logger().warning(
                "%s: files left alone: %s; they may be of %s: put them into a folder with the full name",
                settings().inbox / name, len(left), " or of ".join(options),
            )  # fmt: skip
    folders = {label: [label, name] if len(meant[name]) == 1 else [label] for label, name in short.items()}
    return {label: names for label, names in folders.items() if waiting(names)}


def _import_waiting(period: str, folders: list[str]) -> int:
    if not waiting(folders):
        return 0
    with recorded(Step.IMPORT, period) as run:
        # Listed again under the lease: a run that ended just now may have taken them.
        files = waiting(folders)
        run.rows = sum(import_one(str(file), period, run.lease, run.fence) for file in files)
        run.summary = {"files": len(files)}
    return run.rows
