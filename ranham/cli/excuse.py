"""`ranham excuse`: obligations that leave a period's denominator, asked for by one person and decided on by another."""

from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.obligation import queries, service
from ranham.obligation.models import ExcuseKind
from ranham.plan.queries import find_period, get_period
from ranham.submission.schemas import check_code_system

app = typer.Typer(help="Excuses (pengecualian): asked for by one person, decided on by another.", no_args_is_help=True)

COLUMNS = ("id", "unit_code", "action_code", "kind", "justification", "requested_by", "decision")
PeriodOption = Annotated[str, typer.Option(help="For example 2022-B08.")]


@app.command()
def request(
    unit_code: Annotated[str, typer.Argument(help="For example 36.04.")],
    action_code: Annotated[str, typer.Argument(help="For example D1.")],
    period: PeriodOption,
    kind: Annotated[ExcuseKind, typer.Option(help="Excused from the action, or the action does not apply.")],
    justification: Annotated[str, typer.Option(help="Why; kept with the excuse.")],
    code_system: Annotated[str, typer.Option(help="Of the unit code: kemendagri.")],
    as_: As = None,
) -> None:
    """Ask that a unit's action leaves the denominator of a period. It counts once another person approves it.

    Example: `ranham excuse request 36.04 D1 --period 2022-B08 --kind excused --justification "Banjir" --code-system kemendagri`
    """
    check_code_system(code_system)
    with unit_of_work() as session:
        info = find_period(session, period)
        obligation = queries.find_obligation(session, info, unit_code=unit_code, action_code=action_code)
        excuse = service.request_excuse(
            session, obligation, info.id, kind=kind, justification=justification, by=person(as_), now=clock.now()
        )
    console.print(
        f"Excuse {excuse.id} is requested: {unit_code} {action_code} in {info.label}. It counts once another person "
        f"approves it: ranham excuse approve {excuse.id}"
    )


@app.command()
def approve(excuse_id: Annotated[int, typer.Argument(metavar="ID")], as_: As = None) -> None:
    """Approve an excuse of somebody else; again changes nothing. Example: `ranham excuse approve 7`"""
    now = clock.now()
    with unit_of_work() as session:
        excuse = service.approve_excuse(session, excuse_id, by=person(as_), now=now)
        period = get_period(session, excuse.period_id)
        row = next(each for each in queries.excuses(session, period) if each.id == excuse_id)
    what = f"{row.unit_code} {row.unit_name}, {row.action_code}"
    if excuse.approved_at == now:
        console.print(f"Excuse {excuse_id} is approved: {what} leaves the denominator of {row.period}.")
    else:
        console.print(f"Excuse {excuse_id} was approved before by {row.approved_by}; nothing changed.")


@app.command()
def decline(
    excuse_id: Annotated[int, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why not; whoever asked reads it.")],
    as_: As = None,
) -> None:
    """Decline an excuse of somebody else; again changes nothing. Example: `ranham excuse decline 7 --reason "Tanpa bukti"`"""
    now = clock.now()
    with unit_of_work() as session:
        excuse = service.decline_excuse(session, excuse_id, reason=reason, by=person(as_), now=now)
    if excuse.declined_at == now:
        console.print(
            f"Excuse {excuse_id} is declined; the obligation stays in the denominator. It may be asked for again."
        )
    else:
        console.print(f"Excuse {excuse_id} was declined before by {excuse.declined_by}; nothing changed.")


@app.command("list")
def list_(period: PeriodOption, format: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:  # noqa: A002
    """Excuses of a period and what was decided. Example: `ranham excuse list --period 2022-B08`"""
    with read_session() as session:
        info = find_period(session, period)
        rows = queries.excuses(session, info)
    show(rows, format, title=f"Excuses of {info.label}", columns=COLUMNS)
