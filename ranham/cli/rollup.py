"""`ranham rollup`: the figures of a period."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from ranham.cli.output import Format, console, show
from ranham.compliance import queries, service
from ranham.compliance.grouping import LEVELS
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.plan.queries import find_period, full_label


def rollup(
    period: Annotated[str, typer.Argument(help="For example 2022-B08, or RANHAM-V:2022-B08.")],
    territory_as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Sum over the territory of this day; default: that of the cycle."),
    ] = None,
    level: Annotated[
        list[str] | None, typer.Option(help="national, ministry, province, regency, office; repeatable.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="target-group or action; by action alone: the nation")] = None,
    full: Annotated[bool, typer.Option("--full", help="Count everything anew instead of what is new.")] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Count what is new in a period and show its figures.

    Example: `ranham rollup 2022-B08 --territory-as-of 2025-06-01 --format json`
    """
    if by not in (None, "target-group", "action"):
        raise typer.BadParameter("write target-group or action", param_hint="--by")
    if unknown := set(level or ()) - set(LEVELS):
        raise typer.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(LEVELS)}", param_hint="--level")
    with unit_of_work() as session:
        service.roll_up(session, find_period(session, period), now=clock.now(), full=full)
    with read_session() as session:
        info = find_period(session, period)
        if by == "action" and not (level or territory_as_of):
            rows = queries.figures_by_action(session, info)
        else:
            rows = queries.figures(
                session,
                info,
                territory_as_of=territory_as_of.date() if territory_as_of else None,
                levels=level,
                by_target_group=by == "target-group",
                by_action=by == "action",
            )
    if format is Format.TABLE:
        _show_table(rows, full_label(info))
    else:
        show(rows, format)


def _show_table(rows: list[queries.FigureRow], label: str) -> None:
    if rows and rows[0].simulated:
        console.print("SIMULATED DATA / DATA SIMULASI: not real reports.", style="bold yellow")
    state = rows[0].state if rows else "empty"
    day = rows[0].territory_as_of if rows else "-"
    table = Table(title=f"{label}, {state}, territory as of {day}", title_justify="left")
    table.add_column("unit", overflow="fold")
    table.add_column("whose", overflow="fold")
    table.add_column("figure", overflow="fold")
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("of", overflow="fold")
    table.add_column("%", justify="right", no_wrap=True)
    for row in rows:
        whose = " ".join(filter(None, (row.scope, row.target_group, row.action)))
        ratio = f"{row.numerator} / {row.denominator}" + (" IMPOSSIBLE" if row.impossible else "")
        percent = "-" if row.percent is None else str(row.percent)
        unit = f"{row.unit_code or ''} {row.unit_name}".strip()
        table.add_row(unit, whose, row.figure, ratio, row.denominator_name, percent)
    console.print(table)
