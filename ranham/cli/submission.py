"""`ranham submission`: reports in bulk."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ranham.cli.output import Format, console, problems, show
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period
from ranham.submission import service

app = typer.Typer(help="Reports (laporan) of obligations.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Reports (laporan) of obligations."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX, one row per measure answer.")],
    period: Annotated[str, typer.Option(help="For example 2022-B08.")],
    code_system: Annotated[str, typer.Option(help="Of the unit codes: kemendagri.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; write nothing.")] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Refuse the file if any row is bad.")
    ] = False,
    simulated: Annotated[bool, typer.Option("--simulated", help="Label as simulated data everywhere.")] = False,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the refused rows to this CSV.")] = None,
    format: Annotated[Format, typer.Option("--format", help="Of the refused rows.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Import answers. Exit code 3 when rows were refused.

    Example: `ranham submission import reports.csv --period 2022-B08 --code-system kemendagri --dry-run`
    """
    if report is not None and not report.parent.is_dir():
        # Before anything is imported: the report must not be what is lost.
        raise typer.BadParameter(f"no folder {report.parent}", param_hint="--report")
    spinner = Progress(
        SpinnerColumn(),
        TextColumn("Importing"),
        TimeElapsedColumn(),
        console=problems,
        transient=True,
        disable=not problems.is_terminal,
    )
    with spinner:
        spinner.add_task("import", total=None)
        with unit_of_work() as session:
            receipt = service.import_file(
                session,
                file,
                period=find_period(session, period),
                code_system=code_system,
                now=clock.now(),
                all_or_nothing=all_or_nothing,
                dry_run=dry_run,
                author=getpass.getuser(),
                simulated=simulated,
            )
    if report is not None:
        service.write_report(receipt, report)
    if format is Format.TABLE:
        console.print(_sentence(receipt))
        if receipt.findings:
            show(receipt.findings[:50], format, title="Refused rows (first 50)")
    else:
        show([receipt] if format is Format.JSON else receipt.findings, format)
    if receipt.rows_refused:
        raise typer.Exit(3)


def _sentence(receipt: service.ImportReceipt) -> str:
    if receipt.already_imported:
        return f"{receipt.file_name} has been imported before; nothing changed."
    prefix = "Dry run, nothing written: " if receipt.dry_run else ""
    return (
        f"{prefix}{receipt.rows_read} rows read, {receipt.rows_accepted} accepted, {receipt.rows_refused} refused; "
        f"reports: {receipt.submissions_new} new, {receipt.submissions_revised} revised, "
        f"{receipt.submissions_unchanged} unchanged, {receipt.late} late."
    )
