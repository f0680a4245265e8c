"""`ranham letter`: the notification letter of a unit as a PDF."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ranham.cli.output import console
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.kernel.errors import Conflict
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.reminder.content.composing import sender
from ranham.reminder.content.letter import letter as make_letter
from ranham.reminder.content.queries import period_facts, unit_facts
from ranham.reminder.content.saying import Matter
from ranham.territory.queries import by_code


def letter(
    unit_code: Annotated[str, typer.Argument(help="For example 36.04.")],
    period: Annotated[str, typer.Argument(help="For example 2022-B08.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The .pdf file to write.")],
    language: Annotated[Literal["id", "en"], typer.Option(help="id or en.")] = "id",
) -> None:
    """Write the notification letter (surat pemberitahuan) with its annexes, as reminders attach it.

    Example: `ranham letter 36.04 2022-B08 --out surat.pdf`
    """
    if not out.parent.is_dir():
        raise typer.BadParameter(f"no folder {out.parent}", param_hint="--out")
    with read_session() as session:
        info, facts = period_facts(session, find_period(session, period).id)
        unit_id = by_code(session, unit_code, info.code_day()).unit_id
        unit = unit_facts(session, info, [unit_id], measures=True)[unit_id]
    if not unit.actions:
        raise Conflict(f"{unit.named} owes nothing in {info.label}")
    matter = Matter("announcement", facts, True, unit.deadline, unit=unit)
    made = make_letter(
        matter, sender(), place=unit.named, language=language, now=clock.now(), overrides=settings().templates_dir
    )
    out.write_bytes(made)
    console.print(f"Written: {out} ({unit.named}, {info.label}).", markup=False)
