"""`ranham token`: tokens for programs that speak for a person."""

from datetime import timedelta
from typing import Annotated

import typer

from ranham.access import queries, service
from ranham.cli.acting import person as acting
from ranham.cli.output import Format, console, problems, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work

app = typer.Typer(help="Tokens for programs that speak for a person.", no_args_is_help=True)

COLUMNS = ("id", "email", "name", "kind", "expires_at", "revoked_at")


@app.callback()
def group() -> None:
    """Tokens for programs that speak for a person."""


@app.command()
def issue(
    email: str,
    name: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = 90,
    scope: Annotated[list[str] | None, typer.Option(help="What it may be used for; several are allowed.")] = None,
) -> None:
    """Print a new token, this once. Example: `ranham token issue siti@banten.go.id --name upload --days 30`"""
    now = clock.real_now()
    with unit_of_work() as session:
        made = service.issue_token(
            session,
            queries.find_person(session, email),
            name=name,
            scopes=scope or [],
            expires_at=now + timedelta(days=days),
            by=acting(None),
            now=now,
        )
    console.print(made.raw, soft_wrap=True, markup=False, highlight=False)
    # Apart from the token, so that a script can take it from the output.
    problems.print(f"Token {made.id}, valid to {clock.in_wib(made.expires_at)}. It is not shown again.")


@app.command()
def revoke(token_id: int) -> None:
    """End a token now. Example: `ranham token revoke 12`"""
    with unit_of_work() as session:
        done = service.revoke_token(session, token_id, by=acting(None), now=clock.real_now())
    console.print(f"Token {token_id} is revoked." if done else f"Token {token_id} was revoked before.")


@app.command("list")
def list_(
    email: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """Tokens and sessions, the newest first. Example: `ranham token list --email siti@banten.go.id`"""
    with read_session() as session:
        person_id = queries.find_person(session, email) if email else None
        show(queries.tokens(session, person_id=person_id), format, columns=COLUMNS)
