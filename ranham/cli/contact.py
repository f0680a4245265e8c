"""`ranham contact`: whom reminders go to, beside the people who hold the roles."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.reminder import contacts
from ranham.reminder.contacts import NewContact
from ranham.territory import queries as territory

app = typer.Typer(help="Contacts: addresses that reminders go to, dated.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(metavar="ID")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default today.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]


@app.command()
def add(
    function: Annotated[
        str, typer.Argument(help="operator, head_of_office, legal_bureau, regional_office, ministry, verifier")
    ],
    address: str,
    name: Annotated[str, typer.Option(help="Of the person or the post.")],
    unit_code: Annotated[
        str | None, typer.Option(help="For functions of a unit, and of the province for legal_bureau.")
    ] = None,
    office: Annotated[str | None, typer.Option(help="Key of the Kanwil.")] = None,
    channel: Annotated[str, typer.Option(help="email, whatsapp, telegram, sms ...")] = "email",
    language: Annotated[str, typer.Option(help="id or en")] = "id",
    courtesy: Annotated[bool, typer.Option("--courtesy", help="Copies only.")] = False,
    valid_from: Day = None,
    as_: As = None,
) -> None:
    """Add a contact. Example: `ranham contact add operator ranham@serangkab.go.id --unit-code 36.04 --name "Bagian Hukum"`"""
    now = clock.now()
    new = NewContact(
        function=function, name=name, channel=channel, address=address, unit_code=unit_code, office=office,
        language=language, courtesy=courtesy, valid_from=valid_from.date() if valid_from else clock.local_date(now),
    )  # fmt: skip
    with unit_of_work() as session:
        made = contacts.add(session, new, by=person(as_), now=now)
    console.print(f"Added contact {made}.")


@app.command("list")
def list_(
    unit_code: Annotated[str | None, typer.Option(help="Of one unit only.")] = None,
    whole_history: Annotated[bool, typer.Option("--all", help="Also past and coming ones.")] = False,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Contacts in force. Example: `ranham contact list --unit-code 36.04`"""
    day = clock.local_date(clock.now())
    with read_session() as session:
        unit_id = territory.by_code(session, unit_code, day).unit_id if unit_code else None
        show(contacts.listed(session, day=day, unit_id=unit_id, whole_history=whole_history), format)


@app.command()
def end(contact_id: Id, on: Day = None, as_: As = None) -> None:
    """Nothing more goes to the contact from a day on. Example: `ranham contact end 7 --on 2022-09-01`"""
    now = clock.now()
    with unit_of_work() as session:
        day = on.date() if on else clock.local_date(now)
        ended = contacts.end(session, contact_id, on=day, by=person(as_), now=now)
        console.print(f"Contact {contact_id} ends on {ended.valid_to}.")


@app.command()
def correct(
    contact_id: Id,
    address: Annotated[str | None, typer.Option()] = None,
    name: Annotated[str | None, typer.Option()] = None,
    channel: Annotated[str | None, typer.Option()] = None,
    language: Annotated[str | None, typer.Option(help="id or en")] = None,
    as_: As = None,
) -> None:
    """End the contact and add it as it is right. Example: `ranham contact correct 7 --address benar@serangkab.go.id`"""
    if not any((address, name, channel, language)):
        raise typer.BadParameter("say what is right instead", param_hint="--address")
    with unit_of_work() as session:
        made = contacts.correct(
            session, contact_id, address=address, name=name, channel=channel, language=language, by=person(as_),
            now=clock.now(),
        )  # fmt: skip
    console.print(f"Contact {contact_id} is ended; contact {made} takes over.")


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], as_: As = None) -> None:
    """Add the contacts of a CSV or XLSX file, all of them or none. Example: `ranham contact import kontak.csv`"""
    with unit_of_work() as session:
        made = contacts.import_file(session, file, by=person(as_), now=clock.now())
    console.print(f"Added {made} contacts.")


@app.command()
def failing(format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Addresses that refuse our messages: whom to ask for a right one. Example: `ranham contact failing --format csv`"""
    with read_session() as session:
        show(contacts.failing(session, day=clock.local_date(clock.now())), format)
