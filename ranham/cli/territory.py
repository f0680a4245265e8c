"""`ranham territory`: units as of a day."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.territory import queries, service

app = typer.Typer(
    help="Provinces, regencies/cities, ministries and verifying offices, as of any day.", no_args_is_help=True
)

AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day; default today in Jakarta.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


def _day(as_of: datetime | None):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return as_of.date() if as_of else clock.local_date(clock.now())


@app.command()
def load(
    ministries: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Also add K/L from this CSV.")
    ] = None,
) -> None:
    """Load the reference territory; loading again changes nothing. Example: `ranham territory load`"""
    with unit_of_work() as session:
        loaded = service.load_reference(session)
        added = service.load_ministries(session, ministries) if ministries else 0
    word = "Loaded" if loaded.changed or added else "Nothing new:"
    console.print(
        f"{word} {loaded.units + added} units, {loaded.versions} dated versions, {loaded.offices} verifying offices."
    )


@app.command()
def tree(
    as_of: AsOf = None,
    level: Annotated[str | None, typer.Option(help="province, regency or ministry")] = None,
    format: FormatOption = Format.TABLE,  # noqa: A002 - the option's name
) -> None:
    """All units of a day. Example: `ranham territory tree --as-of 2022-09-01 --level province`"""
    day = _day(as_of)
    with read_session() as session:
        units = [u for u in queries.tree(session, day) if level in (None, u.level.value)]
    show(units, format, title=f"Units as of {day}", columns=("level", "code", "type", "name", "time_zone", "office"))


@app.command()
def unit(code: str, as_of: AsOf = None, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Whose code it was on a day. Example: `ranham territory unit 91.01 --as-of 2022-09-01`"""
    with read_session() as session:
        show([queries.by_code(session, code, _day(as_of))], format)


@app.command()
def history(code: str, as_of: AsOf = None, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Every dated fact of a unit, with its decree. Example: `ranham territory history 93.01`"""
    with read_session() as session:
        found = queries.by_code(session, code, _day(as_of))
        show(queries.history(session, found.unit_id), format, title=found.title)


@app.command()
def lineage(format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Which unit came out of which. Example: `ranham territory lineage`"""
    with read_session() as session:
        show(queries.lineage(session), format)
