"""The door for files of answers: staged, checked and written in the caller's transaction."""

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import aware, in_wib
from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo
from ranham.submission import checks, staging, store
from ranham.submission.locks import have_period_alone
from ranham.submission.models import ImportBatch
from ranham.submission.schemas import ImportReceipt, RowFinding, check_code_system

__all__ = ["ImportReceipt", "RowFinding", "import_file", "write_report"]


def import_file(  # noqa: PLR0913 - keywords, each a decision of the caller
    session: Session,
    path: Path,
    *,
    period: PeriodInfo,
    code_system: str,
    now: datetime,
    author: str,
    all_or_nothing: bool = False,
    dry_run: bool = False,
    channel: str = "import",
    simulated: bool = False,
) -> ImportReceipt:
    """Import one CSV or XLSX file of answers. The same file twice changes nothing.

    Bad rows are findings of the receipt, sound rows are taken; a malformed file raises `BadInput` as a whole.
    Needs a session that may write, also for a dry run: its temporary tables are tables.
    """
    check_code_system(code_system)
    now = aware(now)
    receipt = ImportReceipt(path.name, staging.digest_of(path), period.label, dry_run=dry_run)
    if not dry_run:
        # Alone: what is found while checking holds until it is written.
        have_period_alone(session, period.id)
    known = _known(session, period, receipt.digest)
    if known is not None and known.rows_refused == 0 and (known.simulated or not simulated):
        # Before the question whether the period is open: the same file again changes nothing at any time.
        return replace(receipt, already_imported=True)
    # A label that a file once had stays: leaving the word away does not make simulated answers real.
    simulated = simulated or (known is not None and known.simulated)
    _refuse_unless_open(session, period)
    staging.drop_tables(session)
    staging.stage(session, path)
    before = None if known is None else (known.id, known.imported_at)
    read, refused, found = checks.check(session, period, now, again=before)
    receipt = replace(receipt, rows_read=read, rows_refused=refused, findings_total=found)
    if refused:
        receipt = replace(receipt, findings=checks.findings(session, period))
    if refused < read and not (all_or_nothing and refused):
        counts = store.make_reports(session, period, simulated=simulated, now=now)
        receipt = replace(
            receipt,
            rows_accepted=read - refused,
            submissions_new=counts.new,
            submissions_revised=counts.revised,
            submissions_unchanged=counts.unchanged,
            late=counts.late,
        )
        if not dry_run:
            batch = store.Batch(
                path.name,
                receipt.digest,
                code_system,
                read,
                refused,
                now,
                channel=channel,
                author=author,
                simulated=simulated,
            )
            store.write(session, period, batch)
    staging.drop_tables(session)
    return receipt


def write_report(receipt: ImportReceipt, path: Path) -> None:
    """The findings as CSV, for the person who sent the file."""
    # The BOM is for Excel, which else reads UTF-8 as something else.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "column", "value", "reason_code", "reason"])
        for finding in receipt.findings:
            # The value is somebody else's: a spreadsheet must not run it as a formula.
            value = f"'{finding.value}" if finding.value.startswith(("=", "+", "-", "@", "\t", "\r")) else finding.value
            writer.writerow([finding.row, finding.column, value, finding.reason_code, finding.reason])
        if hidden := receipt.findings_total - len(receipt.findings):
            writer.writerow(["", "", "", "more", f"dan {hidden} temuan lain / and {hidden} more findings"])


def _refuse_unless_open(session: Session, period: PeriodInfo) -> None:
    if period.closes_on is None:
        raise Conflict(
            f"{period.label} has no announced window, so no report can be on time or late; load a plan that has it"
        )
    frozen = text("SELECT EXISTS (SELECT FROM year_freeze WHERE plan_year_id = :id)")
    if not session.scalar(frozen, {"id": period.plan_year_id}):
        raise Conflict(f"the obligations of {period.year} are not frozen yet, so nobody owes {period.label}")
    # Raw SQL: the room that keeps the state of cycles is above this one.
    closed = text("SELECT closed_at FROM period_state WHERE period_id = :id AND closed_at IS NOT NULL")
    if closed_at := session.scalar(closed, {"id": period.id}):
        raise Conflict(
            f"{period.label} is closed since {in_wib(aware(closed_at))}: its figures are final and it takes no "
            "more reports. If these are reports of another period, send them under that one; else turn to the secretariat"
        )


def _known(session: Session, period: PeriodInfo, digest: str) -> Row[tuple[int, bool, int, datetime]] | None:
    """The file as it was imported before. If only in part, it is read again: what stopped its rows may be mended."""
    # Columns, not the object: the batch is written by a statement that the session's objects do not see.
    return session.execute(
        select(ImportBatch.rows_refused, ImportBatch.simulated, ImportBatch.id, ImportBatch.imported_at).where(
            ImportBatch.period_id == period.id, ImportBatch.digest == digest
        )
    ).one_or_none()
