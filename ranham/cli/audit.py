"""`ranham audit`: the chain of events."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ranham.audit import queries
from ranham.cli.output import Format, console, problems, show, write_whole
from ranham.kernel.database import read_session

app = typer.Typer(help="Who did what, in a chain that nobody can rewrite.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Who did what, in a chain that nobody can rewrite."""


@app.command()
def verify(
    anchor: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER:HASH", help="Written down earlier; may be given several times.")
    ] = None,
) -> None:
    """Compute every hash anew. Exit code 1 when the chain is broken. Example: `ranham audit verify`"""
    anchors = dict(_anchor(said) for said in anchor or ())
    with read_session() as session:
        report = queries.verify(session, anchors)
    if report.broken_at is not None:
        problems.print(f"The chain is broken at event {report.broken_at}: {report.reason}.", style="red", markup=False)
        raise typer.Exit(1)
    console.print(f"The chain of {report.events} events holds. Hash of the last:\n{report.head_hash}", soft_wrap=True)
    if report.events:
        # Wherever somebody owns the database, the chain alone proves nothing against them.
        later = f"ranham audit verify --anchor {report.events}:{report.head_hash}"
        console.print(f"Write it down elsewhere; later it is checked with:\n{later}", soft_wrap=True)


def _anchor(said: str) -> tuple[int, str]:
    found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", said.strip().lower())
    if found is None:
        raise typer.BadParameter(f"{said}: expected NUMBER:HASH, as verify prints them", param_hint="--anchor")
    return int(found[1]), found[2]


@app.command("list")
def list_(
    subject: Annotated[str | None, typer.Option(help="Kind of thing, for example role_assignment.")] = None,
    subject_id: Annotated[int | None, typer.Option(help="Id of the thing.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """The newest events first. Example: `ranham audit list --subject person --subject-id 3`"""
    with read_session() as session:
        found = queries.events(session, subject=subject, subject_id=subject_id, limit=limit)
    show(found, format, columns=("id", "at", "actor", "kind", "subject", "subject_id"))


@app.command()
def export(file: Annotated[Path, typer.Argument(dir_okay=False, help="Is overwritten.")]) -> None:
    """Write all events, oldest first, for a check without this program (docs/audit.md).

    Example: `ranham audit export events.tsv`
    """
    if not file.parent.is_dir():
        raise typer.BadParameter(f"no folder {file.parent}", param_hint="FILE")
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for line in queries.lines(session):
            count += 1
            yield line.encode()

    with read_session() as session:
        write_whole(file, lines())
    console.print(f"Wrote {count} events to {file}", markup=False)
