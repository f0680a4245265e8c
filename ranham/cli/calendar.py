"""`ranham calendar` and `ranham calendar-feed`: deadlines for calendars that people have already."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.reminder.links.feeds import calendar_of, feeds, issue_feed, revoke_feed
from ranham.reminder.links.places import find_place

app = typer.Typer(help="Secret addresses of calendars, for programs that cannot sign in.", no_args_is_help=True)

PlaceArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help="A unit such as 36.04, a regional office such as kanwil-36, or all.")
]
LanguageOption = Annotated[Literal["id", "en"], typer.Option(help="id or en.")]


def calendar(
    place: PlaceArgument,
    out: Annotated[Path | None, typer.Option(dir_okay=False, help="The .ics file; without it standard output.")] = None,
    language: LanguageOption = "id",
) -> None:
    """Write all deadlines of a unit or an office as iCalendar. Example: `ranham calendar 36.04 --out tenggat.ics`"""
    if out is not None and not out.parent.is_dir():
        raise typer.BadParameter(f"no folder {out.parent}", param_hint="--out")
    now = clock.now()
    with read_session() as session:
        of = find_place(session, place, today=clock.local_date(now))
        made = calendar_of(session, of, language=language, now=now)
    if out is None:
        sys.stdout.write(made.decode())
    else:
        out.write_bytes(made)
        console.print(f"Written: {out} ({of.name}).", markup=False)


@app.command()
def add(place: PlaceArgument, language: LanguageOption = "id", as_: As = None) -> None:
    """Make a secret address; it is shown this once. Example: `ranham calendar-feed add kanwil-36`"""
    now = clock.now()
    with unit_of_work() as session:
        of = find_place(session, place, today=clock.local_date(now))
        made = issue_feed(session, of, language=language, by=person(as_), now=now)
    console.print(f"Calendar feed {made.id} of {of.name}. Whoever has the address reads it; it is not shown again:")
    console.print(made.address, markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_(format: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:  # noqa: A002
    """All feeds, without their addresses. Example: `ranham calendar-feed list`"""
    with read_session() as session:
        show(feeds(session, now=clock.now()), format, title="Calendar feeds")


@app.command()
def revoke(feed_id: Annotated[int, typer.Argument(metavar="ID")], as_: As = None) -> None:
    """Close the address for good. Example: `ranham calendar-feed revoke 3`"""
    with unit_of_work() as session:
        first = revoke_feed(session, feed_id, by=person(as_), now=clock.now())
    console.print(f"Calendar feed {feed_id} is revoked." if first else f"Calendar feed {feed_id} was revoked before.")
