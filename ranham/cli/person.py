"""`ranham person`: people who may sign in."""

from typing import Annotated

import typer

from ranham.access import queries, service
from ranham.cli.acting import person as acting
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work

app = typer.Typer(help="People. What they may do is their roles' matter: ranham role.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """People. What they may do is their roles' matter: ranham role."""


@app.command()
def add(
    email: str,
    name: Annotated[str, typer.Option(help="The person's name.")],
    oidc_issuer: Annotated[str | None, typer.Option(help="Issuer of the person's ID tokens.")] = None,
    oidc_subject: Annotated[str | None, typer.Option(help="The person at that issuer.")] = None,
) -> None:
    """Add a person, who may do nothing yet. Example: `ranham person add siti@banten.go.id --name "Siti Aminah"`"""
    with unit_of_work() as session:
        made = service.add_person(
            session,
            name=name,
            email=email,
            oidc_issuer=oidc_issuer,
            oidc_subject=oidc_subject,
            by=acting(None),
            now=clock.now(),
        )
    console.print(f"Added person {made}.")


@app.command("list")
def list_(format: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:  # noqa: A002
    """Everybody, with the number of roles held today. Example: `ranham person list`"""
    with read_session() as session:
        show(queries.people(session, day=clock.local_date(clock.now())), format)


@app.command()
def disable(email: str) -> None:
    """Take from a person, now, whatever they may do; roles stay for a hand-over.

    Example: `ranham person disable siti@banten.go.id`
    """
    with unit_of_work() as session:
        person_id = queries.find_person(session, email)
        done = service.disable_person(session, person_id, by=acting(None), now=clock.now())
    console.print(f"{email} is disabled; all tokens are revoked." if done else f"{email} was disabled before.")


@app.command()
def enable(email: str) -> None:
    """Take a disabling back. Example: `ranham person enable siti@banten.go.id`"""
    with unit_of_work() as session:
        person_id = queries.find_person(session, email)
        done = service.enable_person(session, person_id, by=acting(None), now=clock.now())
    console.print(f"{email} may sign in again." if done else f"{email} was not disabled.")
