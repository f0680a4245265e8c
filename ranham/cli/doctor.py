"""`ranham doctor`: whether the installation is sound, and how to mend what is not."""

from typing import Annotated

import typer

from ranham.cli.output import Format, show
from ranham.cycle.doctor import Level, examine
from ranham.kernel.settings import settings


def doctor(
    format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,  # noqa: A002
    seconds: Annotated[float, typer.Option(min=1, help="How long the checks may take together.")] = 30,
) -> None:
    """Check everything that the engine needs; exit code 1 if anything fails, 3 if a setting cannot be understood.

    Example: `ranham doctor`
    """
    settings()  # wrong, each check would say the same; it is said once
    verdicts = examine(seconds)
    show(verdicts, format)
    if any(verdict.level is Level.FAILED for verdict in verdicts):
        raise typer.Exit(1)
