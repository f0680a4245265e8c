"""`ranham release write`: the files of a release."""

from pathlib import Path
from typing import Annotated

import typer

from ranham.cli.output import console
from ranham.kernel.database import read_session
from ranham.kernel.errors import BadInput, Finding
from ranham.release import formats, queries
from ranham.release.content import load
from ranham.release.in_force import in_force


def write(
    number: Annotated[str, typer.Argument(help="For example RANHAM-V:2022-B08/1.")],
    to: Annotated[Path, typer.Option("--to", help="Folder; the release gets a folder of its own in it.")],
    format: Annotated[  # noqa: A002
        list[str] | None, typer.Option("--format", help=f"{', '.join(formats.FORMATS)}; repeatable, default all.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Other files of this release there may go.")] = False,
) -> None:
    """Write the files of a release, whole or not at all, with checksums (SHA256SUMS).

    Example: `ranham release write RANHAM-V:2022-B08/1 --to releases --format csv --format xlsx`
    """
    if unknown := [name for name in format or () if name not in formats.FORMATS]:
        raise BadInput([Finding("--format", ", ".join(unknown), f"one of {', '.join(formats.FORMATS)}")])
    with read_session() as session:
        content = load(session, queries.find_number(session, number))
        policy = in_force(session, content.header.rules)
    if content.header.simulated:
        console.print("SIMULATED DATA / DATA SIMULASI: not real reports.", style="bold yellow")
    for file in formats.write_all(content, to, formats=format, policy=policy, replace=replace):
        console.print(str(file), markup=False, highlight=False, soft_wrap=True)
