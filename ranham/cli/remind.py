"""`ranham remind`: plan reminders, look ahead, and ask the ledger."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from ranham.cli.output import Format, console, problems, show
from ranham.cycle.queries import open_periods
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.plan.queries import PeriodInfo, find_period, full_label, list_periods
from ranham.reminder import answers, planning
from ranham.reminder.models import Decision
from ranham.territory import queries as territory

app = typer.Typer(help="Reminders (pengingat): the ladder, the ledger, and what became of the messages.")

Period = Annotated[str, typer.Argument(help="For example 2022-B08.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"], help="2022-09-03T09:00+07:00; default now."),
]

FORESEEN = ("period", "rung", "occasion", "unit_code", "unit_name", "recipient", "decision", "because", "send_at")


@app.callback(invoke_without_command=True)
def group(
    context: typer.Context,
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Reminders (pengingat). Example: `ranham remind --as-of 2022-09-03T09:00+07:00 --dry-run`"""
    if context.invoked_subcommand is not None:
        if as_of is not None or dry_run:
            raise typer.BadParameter("goes without a command; or write: ranham remind preview --as-of TIME")
        return
    if not dry_run:
        raise typer.BadParameter("say --dry-run, or plan a period: ranham remind plan PERIOD", param_hint="--dry-run")
    _preview(None, as_of, format)


@app.command()
def plan(period: Period) -> None:
    """Write what is due now into the ledger and the outbox; again changes nothing. Example: `ranham remind plan 2022-B08`"""
    with unit_of_work() as session:
        info = find_period(session, period)
        _say_obstacle(session, info)
        done = planning.plan(session, info, now=clock.now())
    console.print(
        f"{period}: {done.sent} to send, {done.overtaken} overtaken, {done.skipped} skipped, {done.nobody} without anybody."
    )


@app.command()
def preview(
    period: Annotated[str | None, typer.Argument(help="All announced periods that are not closed without it.")] = None,
    as_of: AsOf = None,
    decision: Annotated[Decision | None, typer.Option("--decision", help="Only these, for example send.")] = None,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """What would be written at a time, with the reports of now, those to send first; nothing is kept.

    Example: `ranham remind preview --as-of 2022-09-03T09:00+07:00 --decision send 2022-B08`
    """
    _preview(period, as_of, format, decision)


@app.command()
def why(unit_code: str, period: Period, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Why was this unit (not) reminded: each rung with its time, decision, reason, recipient and message.

    Example: `ranham remind why 36.04 2022-B08`
    """
    with read_session() as session:
        info = find_period(session, period)
        unit = territory.by_code(session, unit_code, info.code_day())
        latest = timedelta(days=settings().reminder_latest_days)
        rows = answers.why(session, info, unit.unit_id, now=clock.now(), latest=latest)
        show(rows, format, title=f"Reminders of {unit.title}, {info.label}")


@app.command()
def status(period: Period, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """How far each rung came. Example: `ranham remind status 2022-B08`"""
    with read_session() as session:
        info = find_period(session, period)
        _say_obstacle(session, info)
        show(answers.status(session, info), format, title=f"Reminders of {info.label}")


@app.command()
def effect(
    period: Period,
    days: Annotated[int, typer.Option(min=1, help="Reports within so many days of the message count.")] = 3,
    by_province: Annotated[bool, typer.Option("--by-province", help="One row for each rung and province.")] = False,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Of the units that a rung reminded, how many reported soon after. Example: `ranham remind effect 2022-B08 --days 2`"""
    with read_session() as session:
        info = find_period(session, period)
        rows = answers.effect(session, info, days=days, by_province=by_province)
        show(rows, format, title=f"Reports within {days} days of a reminder, {info.label}")


@app.command()
def ladder(period: Period, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """When each rung is due, on the clocks of WIB, WITA and WIT. Example: `ranham remind ladder 2022-B08`"""
    with read_session() as session:
        info = find_period(session, period)
        show(
            answers.times(session, info),
            format,
            title=f"Ladder of {info.label}",
            columns=("rung", "zone", "due_local", "sent_local", "sent_wib", "audience", "when_missed", "unverified"),
        )


def _say_obstacle(session: Session, period: PeriodInfo) -> None:
    if (found := answers.obstacle(session, period)) is not None:
        problems.print(found, style="yellow", soft_wrap=True)


def _preview(period: str | None, as_of: datetime | None, format_: Format, decision: Decision | None = None) -> None:
    now = clock.aware(as_of) if as_of else clock.now()
    with unit_of_work() as session:
        if period:
            wanted = [find_period(session, period)]
        else:
            known, going = list_periods(session), set(open_periods(session))
            wanted = [each for each in known if full_label(each) in going or ((at := each.ends_at()) and at > now)]
        for each in wanted:
            _say_obstacle(session, each)
        rows = [row for each in wanted for row in planning.preview(session, each, now=now)]
        # Who gets something first: of the others there are thousands.
        rows.sort(key=lambda row: list(Decision).index(Decision(row.decision)))
        counted = Counter(row.decision for row in rows)
        rows = [row for row in rows if decision in (None, row.decision)]
        show(rows, format_, title=f"As of {clock.in_wib(now)}; nothing is written", columns=FORESEEN)
        if format_ is Format.TABLE:
            console.print(", ".join(f"{counted[each]} {each}" for each in Decision) + ".")
