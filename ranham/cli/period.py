"""`ranham period`: windows and their state."""

from typing import Annotated

import typer

from ranham.cli.output import Format, console, show
from ranham.cycle import queries as cycle
from ranham.cycle import service
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import Conflict
from ranham.plan import queries

app = typer.Typer(help="Reporting periods.", no_args_is_help=True)


@app.command("list")
def list_(format: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:  # noqa: A002
    """Periods of the loaded plans with their windows. Example: `ranham period list`"""
    with read_session() as session:
        show(
            queries.list_periods(session),
            format,
            columns=("label", "regulation", "plan_version", "opens_on", "closes_on", "zone_rule"),
        )


@app.command("open")
def open_(label: str) -> None:
    """Open a period by hand (the tick does it by itself). Example: `ranham period open 2022-B08`"""
    with unit_of_work() as session:
        period = queries.find_period(session, label)
        opened = service.open_period(session, period, now=clock.now())
        closed = cycle.facts(session, period).closed_at is not None
    if closed:
        raise Conflict(f"{label} is closed; its figures are final")
    console.print(f"{label} is open." if opened else f"{label} was open before.")


@app.command()
def close(
    label: str,
    early_because: Annotated[str | None, typer.Option(help="Reason for closing while the window is open.")] = None,
) -> None:
    """Close a period: its figures are final. Example: `ranham period close 2022-B08`"""
    with unit_of_work() as session:
        period = queries.find_period(session, label)
        closed = service.close_period(session, period, now=clock.now(), early_because=early_because)
    console.print(f"{label} is closed; its figures are final." if closed else f"{label} was closed before.")


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1)] = 20,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """What ran, when, how it ended. Example: `ranham period runs`"""
    with read_session() as session:
        show(cycle.runs(session, limit), format)
