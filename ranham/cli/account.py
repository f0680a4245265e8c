"""`ranham account`: passwords of people without a sign-in of their agency."""

import sys
from typing import Annotated

import typer

from ranham.access import queries, service
from ranham.cli.acting import person as acting
from ranham.cli.output import console
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work

app = typer.Typer(help="Passwords of people without a sign-in of their agency.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Passwords of people without a sign-in of their agency."""


@app.command()
def password(
    email: str,
    keep: Annotated[bool, typer.Option("--keep", help="The person need not change it.")] = False,
) -> None:
    """Set a person's password, asked for here or read from the first line of the input; never an argument.

    Example: `ranham account password siti@banten.go.id`
    """
    with unit_of_work() as session:
        person_id = queries.find_person(session, email)
    # Asked for between two transactions: a person at the keyboard must not hold one open.
    chosen = _ask()
    with unit_of_work() as session:
        service.set_password(session, person_id, chosen, by=acting(None), now=clock.now(), must_change=not keep)
    console.print("The password is set." if keep else "The password is set; it has to be changed at the first sign-in.")


@app.command()
def remove(email: str) -> None:
    """Take the password away; OpenID Connect stays. Example: `ranham account remove siti@banten.go.id`"""
    with unit_of_work() as session:
        person_id = queries.find_person(session, email)
        service.remove_account(session, person_id, by=acting(None), now=clock.now())
    console.print(f"{email} has no password any more.")


def _ask() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
