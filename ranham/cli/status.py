"""`ranham status`: where every step of every period stands."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from ranham.cli.output import Format, console, show, table
from ranham.cycle import status as status_
from ranham.kernel import clock
from ranham.kernel.database import read_session
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period


def status(
    period: Annotated[str | None, typer.Argument(help="For example 2022-B08; default all but closed ones.")] = None,
    late: Annotated[
        bool, typer.Option("--late", help="Only what is late or held too long; exit code 1 if any.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,  # noqa: A002
) -> None:
    """Each step: last run, whether due or late, who is at it, and what is safe to do (docs/operators.md).

    Example: `ranham status 2022-B08`
    """
    with read_session() as session:
        rows = status_.status(
            session,
            status_.view_of(settings()),
            now=clock.now(),
            periods=None if period is None else [find_period(session, period)],
            late_only=late,
        )
    if format is Format.TABLE:
        _show(rows, late=late)
    else:
        show(rows, format)
    if late and rows:
        raise typer.Exit(1)


def _show(rows: list[status_.StepStatus], *, late: bool) -> None:
    if not rows:
        console.print("Nothing is late." if late else "Every period is closed and at rest.")
        return
    for period in dict.fromkeys(row.period for row in rows):
        of_period = [row for row in rows if row.period == period]
        console.print(table([_cells(row) for row in of_period], title=f"{period} (times in WIB)"))
        for row in of_period:
            if row.command is not None:
                console.print(f"{row.step}: {row.action}\n  {row.command}", markup=False, soft_wrap=True)
            if row.error is not None and row.last != "done":
                console.print(f"{row.step}: {row.last}: {row.error.splitlines()[0]}", markup=False, soft_wrap=True)
            if row.flow_run_url is not None and row.last in ("failed", "lost", "running"):
                console.print(f"  {row.flow_run_url}", markup=False, soft_wrap=True)


def _cells(row: status_.StepStatus) -> dict[str, Any]:
    if row.skipped:
        due: str | None = "skipped"
    elif row.due:
        due = f"{'LATE' if row.late else 'now'}, since {_at(row.due_since)}" if row.due_since else "now"
    else:
        due = _at(row.next_due)
    held = f"{row.lease_holder} {_long(row.lease_seconds)}" if row.lease_holder else None
    return {
        "step": row.step,
        "last run": row.last,
        "began": _at(row.started_at),
        "took": None if row.seconds is None else f"{row.seconds:.1f} s",
        "rows": row.rows,
        "due": due,
        "held by": held,
    }


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else clock.in_wib(instant).removesuffix(" WIB")


def _long(seconds: int | None) -> str:
    return f"for {timedelta(seconds=seconds or 0)}"
