"""`ranham workbook` and `ranham workbook-upload`: a unit's report as an Excel file, out and back."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from ranham.cli.output import Format, console, show, write_whole
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.plan.queries import find_period
from ranham.submission import workbook as workbooks
from ranham.submission.reports import Cause
from ranham.submission.schemas import check_code_system
from ranham.submission.workbook import Level, Terms, WorkbookReceipt
from ranham.territory.queries import by_code


def workbook(
    unit_code: Annotated[str, typer.Argument(help="For example 36.04.")],
    period: Annotated[str, typer.Argument(help="For example 2022-B08.")],
    code_system: Annotated[str, typer.Option(help="Of the unit code: kemendagri.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The .xlsx file to write.")],
) -> None:
    """Write a unit's report as an Excel workbook, filled as far as it is answered.

    Example: `ranham workbook 36.04 2022-B08 --code-system kemendagri --out serang.xlsx`
    """
    check_code_system(code_system)
    _check_folder(out)
    with read_session() as session:
        info = find_period(session, period)
        unit = by_code(session, unit_code, info.code_day())
        write_whole(out, [workbooks.make(session, unit, info, clock.now())])
    console.print(
        f"Written: {out} ({unit.title}, {info.label}). Take it back with: ranham workbook-upload {out}", markup=False
    )


def workbook_upload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A workbook that was filled in.")],
    unit: Annotated[str | None, typer.Option(help="Refuse a workbook of another unit; a code.")] = None,
    period: Annotated[str | None, typer.Option(help="Refuse a workbook of another period.")] = None,
    code_system: Annotated[str | None, typer.Option(help="Of --unit: kemendagri.")] = None,
    submit: Annotated[bool, typer.Option("--submit", help="Send each report that nothing blocks.")] = False,
    by_row: Annotated[
        bool, typer.Option("--by-row", help="Save sound rows of a report that has others; else it is all or nothing.")
    ] = False,
    opd: Annotated[str | None, typer.Option(help="Write only what this local agency is asked for.")] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="Label what is sent as simulated data.")] = False,
    out: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the workbook comes back: marked, or fresh to go on with.")
    ] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who filled it in.")] = None,
    format: Annotated[Format, typer.Option("--format", help="Of the findings.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Take a filled-in workbook into the draft. Exit code 3 when cells were not saved, or a report not sent as asked.

    Example: `ranham workbook-upload serang.xlsx --out serang-back.xlsx`
    """
    if out is not None:
        _check_folder(out)
    if unit is not None and (period is None or code_system is None):
        raise typer.BadParameter("a code needs --period and --code-system to be read", param_hint="--unit")
    if code_system is not None:
        check_code_system(code_system)
    with unit_of_work() as session:
        info = find_period(session, period) if period is not None else None
        terms = Terms(
            unit_id=by_code(session, unit, info.code_day()).unit_id if unit is not None and info is not None else None,
            period_id=info.id if info is not None else None,
            own_opd=opd,
            by_row=by_row,
            submit=submit,
            simulated=simulated,
        )
        receipt = workbooks.take(session, file, Cause(as_ or getpass.getuser(), clock.now()), terms)
    # Read before it may be written over, and told before what may fail: what was saved is saved.
    back = _back(file, receipt) if out is not None else b""
    if format is Format.TABLE:
        console.print(_sentence(receipt, submit=submit), markup=False)
    if receipt.findings or format is not Format.TABLE:
        show(receipt.findings, format, title="Findings", columns=("cell", "level", "code", "words"))
    if out is not None:
        write_whole(out, [back])
    if receipt.refused or (submit and any(finding.level is Level.BLOCKING for finding in receipt.findings)):
        raise typer.Exit(3)


def _back(file: Path, receipt: WorkbookReceipt) -> bytes:
    if receipt.findings:
        return workbooks.marked(file.read_bytes(), receipt.findings, stands=receipt.stands, name=file.name)
    with read_session() as session:
        return workbooks.make(session, receipt.unit, receipt.period, clock.now())


def _sentence(receipt: WorkbookReceipt, *, submit: bool) -> str:
    held = f", {receipt.held_back} held back by others of their report" if receipt.held_back else ""
    new = sum(not sent.unchanged for sent in receipt.sent)
    sent = f" Reports sent: {new}, already sent: {len(receipt.sent) - new}." if submit else " Nothing was sent."
    return (
        f"{receipt.unit.title}, {receipt.period.label}: {receipt.answers_written} answers written, "
        f"{receipt.unchanged} unchanged{held}.{sent}"
    )


def _check_folder(file: Path) -> None:
    if not file.parent.is_dir():
        # Before anything is done: what comes back must not be what is lost.
        raise typer.BadParameter(f"no folder {file.parent}", param_hint="--out")
