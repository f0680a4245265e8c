"""`ranham plan`: regulations as files."""

from pathlib import Path
from typing import Annotated

import typer

from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.plan import service
from ranham.plan.compare import differences
from ranham.plan.source import plan_path, read_plan, shipped_plans
from ranham.plan.workbook import write_workbook

app = typer.Typer(help="Regulations and their versions.", no_args_is_help=True)


def _path(file: str) -> Path:
    """A file, or a shipped plan by its name."""
    return plan_path(file) if file in shipped_plans() else Path(file)


@app.command()
def check(file: str) -> None:
    """Check a plan file (YAML or Excel) without loading it. Example: `ranham plan check ranham-v-2022`"""
    plan = read_plan(_path(file))
    for year in plan.years:
        console.print(
            f"{plan.regulation.code} {year.year}: {len(year.actions)} actions, {len(year.periods)} periods: sound."
        )


@app.command()
def load(file: str) -> None:
    """Load a plan file as the next immutable version. Example: `ranham plan load ranham-v-2022`"""
    with unit_of_work() as session:
        loaded = service.load(session, _path(file), now=clock.now())
    word = "Loaded" if loaded.created else "Already loaded:"
    console.print(f"{word} {loaded.regulation} version {loaded.version} ({loaded.digest[:12]}).")


@app.command("list")
def list_() -> None:
    """Plans that come with the engine. Example: `ranham plan list`"""
    for name in shipped_plans():
        console.print(name)


@app.command()
def diff(
    old: str,
    new: str,
    format: Annotated[Format, typer.Option("--format")] = Format.TABLE,  # noqa: A002
) -> None:
    """What differs between two plan files. Example: `ranham plan diff old.yaml new.xlsx`"""
    show(differences(read_plan(_path(old)), read_plan(_path(new))), format, title=f"{old} -> {new}")


@app.command()
def workbook(file: str, out: Path) -> None:
    """Write a plan as an Excel workbook (Matriks Aksi HAM). Example: `ranham plan workbook ranham-v-2022 plan.xlsx`"""
    write_workbook(read_plan(_path(file)), out)
    console.print(f"Written: {out}. Load it, changed or not, with: ranham plan load {out}")
