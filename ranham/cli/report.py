"""`ranham report`: single reports and where they stand."""

import sys
from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.obligation.queries import find_obligation
from ranham.plan.queries import find_period
from ranham.submission import drafts, reports
from ranham.submission.drawing import diagram, table
from ranham.submission.preview import preview
from ranham.submission.queries import report_rows
from ranham.submission.receiving import Sender
from ranham.submission.reports import Cause
from ranham.submission.states import State
from ranham.territory import queries as territory

app = typer.Typer(help="Single reports (laporan): where each stands, what is missing.", no_args_is_help=True)

COLUMNS = (
    "obligation_id", "unit_code", "unit_name", "action_code", "state", "revision", "timeliness", "complete",
    "not_reported", "deadline",
)  # fmt: skip
Unit = Annotated[str, typer.Argument(help="Code of the unit, for example 36.04.")]
Action = Annotated[str, typer.Argument(help="Code of the action, for example D1.")]
PeriodOption = Annotated[str, typer.Option(help="For example 2022-B08.")]
FormatOption = Annotated[Format, typer.Option("--format")]


@app.command("list")
def list_(
    period: PeriodOption,
    unit_code: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
    state: Annotated[State | None, typer.Option(help="Only reports in this state.")] = None,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """What is owed and where it stands. Example: `ranham report list --period 2022-B08 --unit-code 36`"""
    with read_session() as session:
        info = find_period(session, period)
        unit_id = territory.by_code(session, unit_code, info.code_day()).unit_id if unit_code else None
        rows = report_rows(session, info, now=clock.now(), unit_id=unit_id, state=state, limit=100_000)
    show(rows, format, title=f"Reports of {info.label}", columns=COLUMNS)


@app.command("life-cycle")
def life_cycle() -> None:
    """States and what leads from one to the next, as a diagram (Mermaid) and a table. Example: `ranham report life-cycle`"""
    sys.stdout.write(f"{diagram()}\n\n{table()}\n")


@app.command()
def check(unit_code: Unit, action_code: Action, period: PeriodOption, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """What is missing or odd before sending. Exit code 3 when something stops it.

    Example: `ranham report check 36.04 D1 --period 2022-B08`
    """
    with read_session() as session:
        info = find_period(session, period)
        obligation = find_obligation(session, info, unit_code=unit_code, action_code=action_code)
        view, findings = preview(session, info, obligation, now=clock.now())
    if format is Format.TABLE:
        console.print(
            f"{view.row.unit_name}, {action_code}, {info.label}: {view.row.state}, version {view.row.version}"
        )
    show(findings, format)
    if any(finding.severity == "blocking" for finding in findings):
        raise typer.Exit(3)


@app.command()
def submit(unit_code: Unit, action_code: Action, period: PeriodOption, as_: As = None) -> None:
    """Send the draft. Example: `ranham report submit 36.04 D1 --period 2022-B08`"""
    with unit_of_work() as session:
        info = find_period(session, period)
        obligation = find_obligation(session, info, unit_code=unit_code, action_code=action_code)
        receipt = drafts.submit(session, obligation, info.id, Cause(person(as_), clock.now()), sender=Sender("cli"))
    again = "was received before" if receipt.unchanged else "is received"
    console.print(f"Revision {receipt.revision} {again}: {receipt.state}, {receipt.timeliness}.")


@app.command()
def reopen(
    unit_code: Unit,
    action_code: Action,
    period: PeriodOption,
    reason_code: Annotated[str, typer.Option(help="For example court, error, audit.")],
    remark: Annotated[str, typer.Option(help="Why; kept with the report.")],
    as_: As = None,
) -> None:
    """Let a verified or closed report be changed again; the figures of the close stay.

    Example: `ranham report reopen 36.04 D1 --period 2022-B08 --reason-code error --remark "Wrong file"`
    """
    with unit_of_work() as session:
        info = find_period(session, period)
        obligation = find_obligation(session, info, unit_code=unit_code, action_code=action_code)
        cause = Cause(person(as_), clock.now(), reason_code, remark)
        report = reports.reopen(session, obligation, info.id, cause)
    console.print(f"{unit_code} {action_code} is reopened (version {report.version}); the figures of the close stay.")
