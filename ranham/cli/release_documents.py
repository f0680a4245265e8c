"""`ranham release report`, `sheet`, `service-report`: printed documents of a release, and how a cycle was served."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from ranham.cli.output import Format, console, show, write_whole
from ranham.cli.release import Number
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.plan.queries import find_period
from ranham.release.companions import companions, load_public
from ranham.release.content import ReleaseContent
from ranham.release.documents import annual_report, province_sheet
from ranham.release.queries import find_number
from ranham.release.service_report import ServiceReport, service_report

With = Annotated[
    list[str] | None,
    typer.Option("--with", help="Releases of other periods for the trend; default the published ones of the year."),
]


def report(
    number: Number,
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    with_: With = None,
    served: Annotated[
        bool, typer.Option("--service/--no-service", help="Add how well each cycle was served, as it stands now.")
    ] = True,
) -> None:
    """The annual report to the President, in Indonesian. Example: `ranham release report RANHAM-V:2022/1 --out report.pdf`"""
    with read_session() as session:
        content = load_public(session, find_number(session, number))
        periods = _others(session, content, with_)
        cycles = _served(session, content, periods) if served else []
    write_whole(out, [annual_report(content, periods=periods, service=cycles)])
    _said(content, out)


def sheet(
    number: Number,
    province: Annotated[str | None, typer.Argument(help="Code of the province, for example 36.")] = None,
    out: Annotated[Path | None, typer.Option(help="The PDF to write.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="One file for each province; with --to.")] = False,
    to: Annotated[Path | None, typer.Option(help="Folder for all of them.")] = None,
    with_: With = None,
) -> None:
    """A page for a province. Example: `ranham release sheet RANHAM-V:2022-B08/1 36 --out banten.pdf`, or `--all --to FOLDER`"""
    if all_ == (province is not None) or all_ != (to is not None) or all_ == (out is not None):
        raise typer.BadParameter("write a province and --out FILE, or --all and --to FOLDER")
    with read_session() as session:
        content = load_public(session, find_number(session, number))
        periods = _others(session, content, with_)
    if province is not None and out is not None:
        write_whole(out, [province_sheet(content, province, periods=periods)])
        _said(content, out)
    elif to is not None:
        to.mkdir(parents=True, exist_ok=True)
        provinces = [unit for unit in content.units if unit.level == "province"]
        for unit in provinces:
            key = unit.code or unit.name
            write_whole(to / f"{key.replace(' ', '-')}.pdf", [province_sheet(content, key, periods=periods)])
        console.print(f"{len(provinces)} sheets of {content.header.number} are in {to}.", markup=False)


def service(
    period: Annotated[str, typer.Argument(help="For example 2022-B08.")],
    format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,  # noqa: A002
) -> None:
    """How well a cycle was served: days to verify, returns, freshness, extensions, reminders. Example: `ranham release service-report 2022-B08`"""
    with read_session() as session:
        found = service_report(session, find_period(session, period), as_of=clock.now())
    mark = " (SIMULATED DATA)" if found.simulated else ""
    columns = ("figure", "value", "unit", "numerator", "basis", "basis_name")
    show(found.figures, format, columns=columns, title=f"{found.period}, as of {clock.in_wib(found.as_of)}{mark}")


def _others(session: Session, content: ReleaseContent, numbers: list[str] | None) -> list[ReleaseContent]:
    return (
        [load_public(session, find_number(session, each)) for each in numbers]
        if numbers
        else companions(session, content.header)
    )


def _served(session: Session, content: ReleaseContent, periods: list[ReleaseContent]) -> list[ServiceReport]:
    labels = sorted({each.header.label for each in (content, *periods) if each.header.kind == "period"})
    now = clock.now()
    return [
        service_report(session, find_period(session, f"{content.header.regulation}:{label}"), as_of=now)
        for label in labels
    ]


def _said(content: ReleaseContent, out: Path) -> None:
    if content.header.simulated:
        console.print("SIMULATED DATA / DATA SIMULASI: not real reports.", style="bold yellow")
    console.print(f"{content.header.number} is in {out}.", markup=False)
