"""`ranham evidence`: the files of a unit, whether the bytes are what they were, and what nobody needs any more."""

from datetime import datetime
from typing import Annotated

import typer
from rich.progress import MofNCompleteColumn, Progress

from ranham.cli.output import Format, console, problems, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.submission.evidence import inspecting, queries, sweeping
from ranham.territory.queries import by_code

app = typer.Typer(help="Evidence (data dukung) and the store of its bytes.", no_args_is_help=True)


@app.command("list")
def list_(
    unit_code: Annotated[str, typer.Argument(help="Kemendagri code, or the code of a ministry.")],
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the code.")] = None,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """Files of a unit, and whether they are part of anything. Example: `ranham evidence list 36.04`"""
    day = as_of.date() if as_of else clock.local_date(clock.now())
    with read_session() as session:
        unit = by_code(session, unit_code, day)
        files = queries.of_unit(session, unit.unit_id)
    columns = ("id", "file_name", "kind", "dated_on", "size_bytes", "scan", "uploaded_at", "drafts", "answers")
    show(files, format, title=f"Evidence of {unit.title}", columns=columns)


@app.command()
def verify(format: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:  # noqa: A002
    """Read every object again. Exit code 1 when one is missing, changed or named by no row.

    Example: `ranham evidence verify`
    """
    with (
        Progress(
            *Progress.get_default_columns(),
            MofNCompleteColumn(),
            console=problems,
            transient=True,
            disable=not problems.is_terminal,
        ) as progress,
        unit_of_work() as session,
    ):
        # Not a read session: an object that looks wrong is judged by what is committed meanwhile.
        task = progress.add_task("Reading", total=queries.count_contents(session))
        read, faults = 0, []
        for item in inspecting.verify(session):
            read += 1
            progress.advance(task)
            if item.fault:
                faults.append(item)
    if faults or format is not Format.TABLE:
        show(faults, format, title="Faults")
    if format is Format.TABLE:
        console.print(f"{read} objects checked, {len(faults)} wrong.")
    if faults:
        raise typer.Exit(1)


@app.command()
def sweep() -> None:
    """Remove bytes that nobody needs; uploads and removals may go on. Example: `ranham evidence sweep`"""
    swept = sweeping.sweep(unit_of_work, now=clock.now())
    console.print(f"Removed {swept.temporaries} unfinished uploads and {swept.objects} objects that no file names.")
