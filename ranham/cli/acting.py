"""Who acts on the command line: the operating system's user, or whom they say they are."""

import getpass
from typing import Annotated

import typer

As = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="Who does this; default the operating system's user.")
]


def person(name: str | None) -> str:
    """Whoever may run commands on this machine is trusted to say who they are; the API asks for a token instead."""
    if name is not None and not name.strip():
        raise typer.BadParameter("write a name", param_hint="--as")
    return name.strip() if name else getpass.getuser()
