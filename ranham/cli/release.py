"""`ranham release`: versions of the figures of a period or a year, from making to publishing."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import Format, console, problems, show, write_whole
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import BadInput
from ranham.kernel.settings import settings
from ranham.release import queries, service
from ranham.release.content import load
from ranham.release.file import check_file, says_more_than_others, to_file
from ranham.release.in_force import in_force
from ranham.release.models import Release
from ranham.release.signing import new_key, read_key, read_public_key
from ranham.release.subject import find_subject

app = typer.Typer(help="Releases: figures as they are published, signed and explained.", no_args_is_help=True)
keys = typer.Typer(help="The key that releases are signed with.", no_args_is_help=True)
app.add_typer(keys, name="key")

Number = Annotated[str, typer.Argument(help="For example RANHAM-V:2022-B08/1; 2022-B08 is the published one.")]
Label = Annotated[str, typer.Argument(help="A period or a year: 2022-B08, RANHAM-V:2022-B08, 2022.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Territory of this day.")]
Out = Annotated[Path, typer.Option(dir_okay=False, help="Is overwritten.")]
NOT_CHECKED = 5
"""Exit code of its own: whoever reads nothing else must not take such a file for the ministry's."""
COLUMNS = ("number", "state", "territory_as_of", "made_at", "published_at", "superseded_by", "reason")


@app.command()
def make(
    label: Label,
    reason: Annotated[str | None, typer.Option(help="Why there is another version.")] = None,
    territory_as_of: Day = None,
    by: As = None,
) -> None:
    """Make the release of a closed period or year. Example: `ranham release make 2022-B08`"""
    with unit_of_work() as session:
        subject = find_subject(session, label)
        day = territory_as_of.date() if territory_as_of else None
        made = service.make(session, subject, by=person(by), now=clock.now(), reason=reason, territory_as_of=day)
    _say(made, f"{made.number} is provisional. Its hash: {made.content_hash}")


@app.command()
def amend(
    label: Label,
    reason: Annotated[str, typer.Option(help="Everybody who read the former one is told.")],
    territory_as_of: Day = None,
    by: As = None,
) -> None:
    """Make the next version of what is published, from what is known now.

    Example: `ranham release amend 2022-B08 --reason "laporan susulan Kota Metro"`
    """
    with unit_of_work() as session:
        subject = find_subject(session, label)
        day = territory_as_of.date() if territory_as_of else None
        made = service.amend(session, subject, by=person(by), now=clock.now(), reason=reason, territory_as_of=day)
    _say(made, f"{made.number} is provisional. Its hash: {made.content_hash}")


@app.command("list")
def list_(
    label: Annotated[str | None, typer.Argument(help="Only of this period or year.")] = None,
    sandboxes: Annotated[bool, typer.Option("--sandboxes", help="What-ifs too.")] = False,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """Every version with its state. Example: `ranham release list 2022-B08`"""
    with read_session() as session:
        show(queries.releases(session, label=label, sandboxes=sandboxes), format, columns=COLUMNS)


@app.command("show")
def show_(
    number: Number,
    level: Annotated[list[str] | None, typer.Option(help="national, ministry, province, regency, office.")] = None,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """The figures of a release. Example: `ranham release show 2022-B08 --level national`"""
    with read_session() as session:
        content = load(session, queries.find_number(session, number))
    header = content.header
    if format is Format.TABLE:
        mark = " SIMULATED DATA / DATA SIMULASI: not real reports." if header.simulated else ""
        after = f", superseded by {header.superseded_by}" if header.superseded_by else ""
        console.print(f"{header.number}, {header.state}{after}, territory as of {header.territory_as_of}.{mark}")
    wanted = set(level or ["national"])
    show([figure for figure in content.figures if figure.level in wanted], format)


@app.command()
def propose(number: Number, by: As = None) -> None:
    """Fix the content; another person signs it off. Example: `ranham release propose RANHAM-V:2022-B08/1`"""
    with unit_of_work() as session:
        release = service.propose(session, queries.find_number(session, number), by=person(by), now=clock.now())
    _say(release, f"{release.number} is proposed; another person signs it off.")


@app.command("sign-off")
def sign_off(number: Number, by: As = None) -> None:
    """Sign off what another person proposed. Example: `ranham release sign-off RANHAM-V:2022-B08/1`"""
    with unit_of_work() as session:
        release = service.sign_off(session, queries.find_number(session, number), by=person(by), now=clock.now())
    _say(release, f"{release.number} is signed off; it can be published.")


@app.command()
def publish(number: Number, by: As = None) -> None:
    """Sign it with the key and publish it. Example: `ranham release publish RANHAM-V:2022-B08/1`"""
    key = read_key(settings().signing_key_file)
    with unit_of_work() as session:
        found = queries.find_number(session, number)
        release = service.publish(session, found, key=key, by=person(by), now=clock.now())
    _say(release, f"{release.number} is published, signed with key {release.key_id}.")


@app.command()
def drop(
    number: Number, reason: Annotated[str | None, typer.Option(help="For the record.")] = None, by: As = None
) -> None:
    """Give a version up that is not published. Example: `ranham release drop RANHAM-V:2022-B08/2`"""
    with unit_of_work() as session:
        found = queries.find_number(session, number)
        release = service.drop(session, found, by=person(by), now=clock.now(), reason=reason)
    _say(release, f"{release.number} is dropped; its number is not used again.")


@app.command()
def promote(
    number: Number, reason: Annotated[str, typer.Option(help="Why it becomes a version.")], by: As = None
) -> None:
    """Make a sandbox an ordinary provisional version.

    Example: `ranham release promote RANHAM-V:2022-B08/sandbox-1 --reason "bobot baru, surat ..."`
    """
    with unit_of_work() as session:
        found = queries.find_number(session, number)
        release = service.promote(session, found, by=person(by), now=clock.now(), reason=reason)
    _say(release, f"{release.number} is provisional.")


@app.command()
def file(number: Number, out: Out) -> None:
    """Write the release file: what is published, with its signature.

    Example: `ranham release file 2022-B08 --out 2022-B08.json`
    """
    with read_session() as session:
        content = load(session, queries.find_number(session, number))
        policy = in_force(session, content.header.rules)
    if says_more_than_others(content, policy):
        words = "This file holds values that the small-cell rule hides elsewhere: it was made before releases record their rule."
        problems.print(f"{words} Do not publish it.", style="bold red", soft_wrap=True)
    write_whole(out, [to_file(content)])
    console.print(f"Wrote {content.header.number} to {out}", markup=False, soft_wrap=True)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    public_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="PEM.")] = None,
) -> None:
    """Check a release file with nothing but the file and the public key.

    Exit code 1 if the key cannot be read; 3 if the file does not hold; 5 if it is whole, but without --public-key nobody knows who signed it.

    Example: `ranham release verify 2022-B08.json --public-key ministry.pem`
    """
    try:
        found = check_file(file.read_bytes(), read_public_key(public_key) if public_key else None)
    except BadInput:
        problems.print(f"{file} does not hold.", style="red", markup=False, soft_wrap=True)
        raise
    said = found.content["release"]
    verdict = "holds" if found.signed else "is whole; who signed it was not checked: that needs --public-key"
    console.print(f"{said['number']} {verdict}. SHA-256: {found.content_hash}", markup=False, soft_wrap=True)
    if said["simulated"]:
        console.print("SIMULATED DATA / DATA SIMULASI: not real reports.", style="bold yellow")
    if found.hidden:
        console.print(
            f"{found.hidden} figures are hidden in part or whole by the small-cell rule in it.", soft_wrap=True
        )
    if not found.signed:
        raise typer.Exit(NOT_CHECKED)
    console.print(f"Signed with the key {found.key_id}.", soft_wrap=True)


@keys.command("new")
def key_new(file: Annotated[Path, typer.Argument(dir_okay=False)]) -> None:
    """Make a key and print its public half. Example: `ranham release key new /etc/ranham/signing.pem`"""
    made = new_key(file)
    problems.print(f"Wrote the private key to {file}; set RANHAM_SIGNING_KEY_FILE to it.", markup=False, soft_wrap=True)
    typer.echo(made.public.pem, nl=False)


@keys.command("show")
def key_show() -> None:
    """Print the public key, for whoever checks releases. Example: `ranham release key show > ministry.pem`"""
    key = read_key(settings().signing_key_file)
    problems.print(f"Key {key.key_id}", soft_wrap=True)
    typer.echo(key.public.pem, nl=False)


def _say(release: Release, sentence: str) -> None:
    if release.simulated:
        problems.print("SIMULATED DATA / DATA SIMULASI: not real reports.", style="bold yellow")
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
