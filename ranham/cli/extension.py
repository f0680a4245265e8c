"""`ranham extension`: more time in a period, asked for by one person and decided by another."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.submission import extensions
from ranham.submission.schemas import check_code_system
from ranham.territory import queries as territory

app = typer.Typer(help="Extensions (perpanjangan) of a window, for a unit or for everybody.", no_args_is_help=True)

COLUMNS = ("id", "unit_code", "unit_name", "until", "reason", "requested_by", "decision", "decided_by")
PeriodOption = Annotated[str, typer.Option(help="For example 2022-B08.")]
Id = Annotated[int, typer.Argument(metavar="ID")]
Remark = Annotated[str | None, typer.Option(help="Kept with the decision.")]


@app.command()
def request(
    period: PeriodOption,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="2022-09-10T00:00:00+07:00")],
    reason: Annotated[str, typer.Option(help="Why; kept with the request.")],
    unit_code: Annotated[str | None, typer.Option(help="Left out with --everybody.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Amnesty: the service itself was down.")] = False,
    code_system: Annotated[str, typer.Option(help="Of the unit code.")] = "kemendagri",
    as_: As = None,
) -> None:
    """Ask for more time. It counts once another person approves it.

    Example: `ranham extension request --period 2022-B08 --unit-code 91.71 --until 2022-09-10T00:00:00+09:00 --reason "Banjir"`
    """
    if (unit_code is None) is not everybody:
        raise typer.BadParameter("name a unit, or say --everybody", param_hint="--unit-code")
    check_code_system(code_system)
    with unit_of_work() as session:
        info = find_period(session, period)
        unit_id = territory.by_code(session, unit_code, info.code_day()).unit_id if unit_code else None
        made = extensions.request(
            session, info, unit_id=unit_id, until=clock.aware(until), reason=reason, by=person(as_), now=clock.now(),
            cap=timedelta(days=settings().extension_cap_days),
        )  # fmt: skip
    console.print(f"Extension {made.id} is requested. Another person approves it: ranham extension approve {made.id}")


@app.command()
def approve(extension_id: Id, remark: Remark = None, as_: As = None) -> None:
    """Approve; late reports within the new time are in time within it. Example: `ranham extension approve 3`"""
    _decide(extension_id, approved=True, remark=remark, by=person(as_))


@app.command()
def decline(extension_id: Id, remark: Remark = None, as_: As = None) -> None:
    """Decline. Example: `ranham extension decline 3 --remark "no reason"`"""
    _decide(extension_id, approved=False, remark=remark, by=person(as_))


@app.command("list")
def list_(period: PeriodOption, format: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:  # noqa: A002
    """Requests and decisions of a period. Example: `ranham extension list --period 2022-B08`"""
    with read_session() as session:
        info = find_period(session, period)
        show(extensions.rows(session, info), format, title=f"Extensions of {info.label}", columns=COLUMNS)


def _decide(extension_id: int, *, approved: bool, remark: str | None, by: str) -> None:
    with unit_of_work() as session:
        outcome = extensions.decide(session, extension_id, approve=approved, by=by, now=clock.now(), remark=remark)
    word = "approved" if approved else "declined"
    console.print(f"Extension {extension_id} is {word}; {outcome.reports_now_extended} late reports are in time now.")
