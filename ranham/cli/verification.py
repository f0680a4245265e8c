"""`ranham verification`: the queue of the verifiers and their decisions."""

import getpass
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from ranham.cli import marks, tasks
from ranham.cli.output import Format, console, show
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.settings import settings
from ranham.plan.policy import policy_of
from ranham.plan.queries import PeriodInfo, find_period
from ranham.territory import queries as territory
from ranham.territory.models import Level
from ranham.verification import queries, service
from ranham.verification.rules import Decision, Interests, Verdict

app = typer.Typer(help="Verification (verifikasi): queues, decisions, second readings.", no_args_is_help=True)

Period = Annotated[str, typer.Argument(help="For example 2022-B08.")]
Office = Annotated[str, typer.Option(help="Key of a regional office such as kanwil-36, or central.")]


def _name(written: str) -> str:
    if not written.strip():
        raise typer.BadParameter("write a name")
    return written.strip()


By = Annotated[
    str, typer.Option(default_factory=getpass.getuser, parser=_name, metavar="NAME", help="Name of the verifier.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
MarkOption = Annotated[list[str] | None, typer.Option("--mark", help=f"{marks.FORM}; repeatable.")]
Version = Annotated[int | None, typer.Option(help="Version of the report that was read; refused if it is another now.")]

CENTRAL = "central"


@dataclass(frozen=True, slots=True)
class Reading:
    task: service.Taken
    answers: list[queries.AnswerRow]


@app.command()
def fill(period: Period) -> None:
    """Make the tasks that are due; again changes nothing. Example: `ranham verification fill 2022-B08`"""
    with unit_of_work() as session:
        made = service.fill_queue(session, find_period(session, period), now=clock.now())
    console.print(f"{period}: {made.tasks} new tasks, {made.second_readings} new second readings.")


@app.command()
def allocate(
    period: Period,
    verifier: Annotated[list[str], typer.Option(parser=_name, metavar="NAME", help="Name; repeatable.")],
    office: Office = CENTRAL,
    conflict: Annotated[
        list[str] | None, typer.Option(help="NAME=CODE: own unit, or own province with its regencies; repeatable.")
    ] = None,
) -> None:
    """Give open tasks of an office to its verifiers. What is allocated stays.

    Example: `ranham verification allocate 2022-B08 --office kanwil-36 --verifier ani --verifier budi --conflict ani=36.04`
    """
    with unit_of_work() as session:
        info = find_period(session, period)
        verifiers = _interests(session, info, verifier, conflict or [])
        office_id = _office_id(session, office)
        made = service.allocate(session, info, verifiers, office_id=office_id, now=clock.now())
    loads = ", ".join(f"{name} {load}" for name, load in made.loads.items())
    console.print(f"{len(made.given)} tasks given. Open tasks now: {loads}.")
    if made.nobody:
        shown = ", ".join(map(str, made.nobody))
        console.print(f"Nobody may take {len(made.nobody)} (conflict of interest): {shown}.")


@app.command()
def queue(
    period: Period,
    office: Annotated[str, typer.Option(help="Key of a regional office, central, or all.")] = "all",
    verifier: Annotated[str | None, typer.Option(help="Only tasks of this verifier.")] = None,
    state: queries.TaskState = queries.TaskState.OPEN,
    after: Annotated[
        str | None, typer.Option(help="Cursor of the page before: DUE_AT/TASK_ID of its last row.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = queries.PAGE,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Tasks, the most urgent first. Example: `ranham verification queue 2022-B08 --office kanwil-36`"""
    with read_session() as session:
        named = {each.value: each for each in queries.Desk}
        desk = named[office] if office in named else territory.office_by_key(session, office)
        info = find_period(session, period)
        page = queries.queue(
            session, info, desk=desk, verifier=verifier, state=state, after=after, limit=limit, now=clock.now()
        )
    tasks.show_page(page, format, title=f"{period}: {state} tasks")


@app.command()
def escalations(
    period: Period,
    after: Annotated[
        str | None, typer.Option(help="Cursor of the page before: DUE_AT/TASK_ID of its last row.")
    ] = None,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Tasks past their limit. Example: `ranham verification escalations 2022-B08`"""
    with read_session() as session:
        page = queries.escalations(session, find_period(session, period), now=clock.now(), after=after)
    tasks.show_page(page, format, title=f"{period}: tasks past their limit")


@app.command()
def ageing(period: Period, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Open tasks by office, tier and age. Example: `ranham verification ageing 2022-B08`"""
    with read_session() as session:
        info = find_period(session, period)
        rows = queries.ageing(session, info, now=clock.now())
        doubt = " (limits are unverified)" if "tiers" in policy_of(session, info).verification.unverified else ""
    tasks.show_ageing(rows, format, title=f"{period}: open tasks against their limit{doubt}")


@app.command()
def agreement(period: Period, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """How far first and second readers agree. Example: `ranham verification agreement 2022-B08`"""
    with read_session() as session:
        show(queries.agreement(session, find_period(session, period)), format, title=f"{period}: Cohen's kappa")


@app.command()
def take(task: int, by: By, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
    """Begin to read a report and see its answers. Example: `ranham verification take 12 --by ani`"""
    with unit_of_work() as session:
        taken = service.take(session, task, by=by, now=clock.now())
        answers = queries.answers(session, task)
    if format is Format.TABLE:
        console.print(f"Task {task} is with {by}; the report is at version {taken.version}.")
        tasks.show_answers(answers)
    else:
        show([Reading(taken, answers)] if format is Format.JSON else answers, format)


@app.command("hand-back")
def hand_back(task: int, by: By) -> None:
    """Give a task back to its queue. Example: `ranham verification hand-back 12`"""
    with unit_of_work() as session:
        service.hand_back(session, task, by=by, now=clock.now())
    console.print(f"Task {task} is back in its queue.")


@app.command()
def decide(
    task: int,
    by: By,
    mark: MarkOption = None,
    others_fulfilled: Annotated[
        bool, typer.Option("--others-fulfilled", help="Mark as fulfilled what no --mark names.")
    ] = False,
    remark: Annotated[str | None, typer.Option(help="Of the whole report.")] = None,
    version: Version = None,
) -> None:
    """Accept a report that was taken: verified in the last tier, passed on before.

    Example: `ranham verification decide 12 --by ani --others-fulfilled --mark 1:substantive:partly:no_stamp`
    """
    given = marks.read_marks(mark or [])
    with unit_of_work() as session:
        if others_fulfilled:
            given = marks.fill_up(given, queries.answers(session, task))
        made = _decide(session, task, Decision(Verdict.ACCEPT, given, None, remark), by=by, version=version)
    if made.score_bp is None:
        console.print(f"Task {task} is done; the report goes to the next tier.")
    else:
        console.print(f"Task {task} is done: score {made.score_bp / 100:.2f}; the report is {made.state}.")


@app.command("return")
def return_(
    task: int,
    by: By,
    reason: Annotated[str | None, typer.Option(help="Reason code, see docs/verification.md.")] = None,
    remark: Annotated[str | None, typer.Option(help="What to mend.")] = None,
    mark: MarkOption = None,
    version: Version = None,
) -> None:
    """Send a report back that was taken, with what to mend.

    Example: `ranham verification return 12 --by ani --reason no_signature --remark "notulen tanpa tanda tangan"`
    """
    decision = Decision(Verdict.RETURN, marks.read_marks(mark or []), marks.read_reason(reason), remark)
    with unit_of_work() as session:
        made = _decide(session, task, decision, by=by, version=version)
    if made.new_deadline is None:
        console.print(f"Task {task} is done; a second reading changes no report.")
    else:
        until = made.new_deadline.astimezone(clock.JAKARTA)
        console.print(f"Task {task} is done; the report may come again before {until:%Y-%m-%d %H:%M} WIB.")


@app.command("accept-flawless")
def accept_flawless(
    period: Period,
    by: By,
    office: Office = CENTRAL,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many in one call.")] = 200,
    format: FormatOption = Format.TABLE,  # noqa: A002
) -> None:
    """Accept what has no flag; says what was left and why. Example: `ranham verification accept-flawless 2022-B08`"""
    with unit_of_work() as session:
        info, office_id = find_period(session, period), _office_id(session, office)
        made = service.batch_accept(session, info, office_id=office_id, by=by, now=clock.now(), limit=limit)
    if format is not Format.TABLE:
        show([made], format)
        return
    console.print(f"{len(made.task_ids)} accepted, {len(made.left)} left to read.")
    for flag, count in sorted(made.reasons.items()):
        console.print(f"  {flag}: {count}")


def _decide(session: Session, task: int, decision: Decision, *, by: str, version: int | None) -> service.Outcome:
    close_after_days = settings().close_after_days
    return service.decide(
        session, task, decision, by=by, now=clock.now(), close_after_days=close_after_days, expected_version=version
    )


def _office_id(session: Session, office: str) -> int | None:
    return None if office == CENTRAL else territory.office_by_key(session, office)


def _interests(session: Session, period: PeriodInfo, names: list[str], conflicts: list[str]) -> dict[str, Interests]:
    day = period.closes_on or period.territory_as_of
    units: dict[str, set[int]] = {name: set() for name in names}
    provinces: dict[str, set[int]] = {name: set() for name in names}
    for written in conflicts:
        name, _, code = written.partition("=")
        if name not in units or not code:
            raise BadInput([Finding("--conflict", written, "NAME=CODE, with a name that --verifier gives")])
        unit = territory.by_code(session, code, day)
        (provinces if unit.level is Level.PROVINCE else units)[name].add(unit.unit_id)
    return {name: Interests(frozenset(units[name]), frozenset(provinces[name])) for name in names}
