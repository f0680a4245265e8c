"""`ranham year`: freezing obligations."""

from typing import Annotated

import typer

from ranham.cli.output import Format, console, show
from ranham.compliance.annual import annual_scores
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.obligation import service
from ranham.plan import queries

app = typer.Typer(help="Plan years and their obligations.", no_args_is_help=True)

COLUMNS = ("level", "unit_code", "unit_name", "score", "reporters", "periods")


@app.callback()
def group() -> None:
    """Plan years and their obligations."""


@app.command()
def freeze(
    year: int, regulation: Annotated[str | None, typer.Option(help="Needed when two regulations have the year.")] = None
) -> None:
    """Decide who owes what in a plan year; again changes nothing. Example: `ranham year freeze 2022`"""
    with unit_of_work() as session:
        result = service.freeze(session, queries.find_plan_year(session, year, regulation), now=clock.now())
    word = "Frozen" if result.created else "Already frozen"
    console.print(f"{word}: {result.year}: {result.obligations} obligations of {result.units} units.")


@app.command()
def scores(
    year: int,
    regulation: Annotated[str | None, typer.Option(help="Needed when two regulations have the year.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Annual scores: the mean of the year's periods. Example: `ranham year scores 2022 --format csv`"""
    with read_session() as session:
        rows = annual_scores(session, queries.find_plan_year(session, year, regulation))
    show(
        rows, format, title=f"Annual scores {rows[0].regulation} {year}: basis is the {rows[0].basis}", columns=COLUMNS
    )
