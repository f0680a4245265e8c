"""`ranham role`: who does what, where, from when to when."""

from datetime import datetime
from typing import Annotated

import typer

from ranham.access import queries, service
from ranham.access.models import Role
from ranham.access.rules import Place, Span
from ranham.cli.acting import person as acting
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.territory.queries import by_code, office_by_key

app = typer.Typer(help="Roles of people, with their first and last day.", no_args_is_help=True)

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Jakarta; default today.")]
COLUMNS = ("id", "person", "email", "role", "unit_code", "place", "valid_from", "valid_to")


@app.callback()
def group() -> None:
    """Roles of people, with their first and last day."""


@app.command()
def grant(
    email: str,
    role: Role,
    unit: Annotated[str | None, typer.Option(help="Code of the unit today, for example 36.04 or KL-01.")] = None,
    office: Annotated[str | None, typer.Option(help="Key of a Kanwil; none: the central team.")] = None,
    opd: Annotated[str | None, typer.Option(help="Name of the OPD of a contributor.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; default today in Jakarta.")
    ] = None,
    to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day without it.")] = None,
) -> None:
    """Give a person a role. Example: `ranham role grant siti@banten.go.id operator --unit 36.04`"""
    now = clock.now()
    today = clock.local_date(now)
    with unit_of_work() as session:
        place = Place(
            unit_id=by_code(session, unit, today).unit_id if unit else None,
            office_id=office_by_key(session, office) if office else None,
            opd=opd,
        )
        made = service.grant_role(
            session,
            queries.find_person(session, email),
            role,
            place=place,
            span=Span(since.date() if since else today, to.date() if to else None),
            by=acting(None),
            now=now,
        )
    console.print(f"Granted: role assignment {made}.")


@app.command()
def end(role_assignment_id: int, on: Day = None) -> None:
    """End a role; the day is the first without it. Example: `ranham role end 7 --on 2026-12-01`"""
    now = clock.now()
    day = on.date() if on else clock.local_date(now)
    with unit_of_work() as session:
        service.end_role(session, role_assignment_id, on=day, by=acting(None), now=now)
    console.print(f"Role assignment {role_assignment_id} ends on {day}.")


@app.command("hand-over")
def hand_over(role_assignment_id: int, email: str, on: Day = None) -> None:
    """End one person's role and begin the next one's on the same day.

    Example: `ranham role hand-over 7 budi@banten.go.id --on 2026-12-01`
    """
    now = clock.now()
    day = on.date() if on else clock.local_date(now)
    with unit_of_work() as session:
        successor = queries.find_person(session, email)
        made = service.hand_over(session, role_assignment_id, successor, on=day, by=acting(None), now=now)
    console.print(f"From {day} on {email} holds the role: role assignment {made}.")


@app.command("list")
def list_(
    email: Annotated[str | None, typer.Option(help="Only this person.")] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day; default today in Jakarta.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Also past and coming ones.")] = False,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """Roles in force on a day. Example: `ranham role list --email siti@banten.go.id --history`"""
    day = as_of.date() if as_of else clock.local_date(clock.now())
    with read_session() as session:
        person_id = queries.find_person(session, email) if email else None
        show(queries.roles(session, day=day, person_id=person_id, whole_history=history), format, columns=COLUMNS)
