"""`ranham cycle`: what operators do by hand about a step of a period."""

from typing import Annotated

import typer

from ranham.cli.acting import As, person
from ranham.cli.output import console
from ranham.cycle import intervention, scheduler
from ranham.cycle.models import Step
from ranham.cycle.queries import skipped
from ranham.cycle.rules import subject_of
from ranham.cycle.status import flow_run_url
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.kernel.errors import Conflict
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period, full_label

app = typer.Typer(help="Steps by hand: run again, skip, release a lease (docs/operators.md).", no_args_is_help=True)

PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="For example 2022-B08.")]
StepArgument = Annotated[Step, typer.Argument(metavar="STEP", help="As `ranham status` names it.")]
Because = Annotated[str, typer.Option("--because", help="Why; kept in the audit chain.")]


@app.command()
def rerun(period: PeriodArgument, step: StepArgument) -> None:
    """Let a worker run a step again; what is done already stays done. Example: `ranham cycle rerun 2022-B08 roll_up`"""
    with read_session() as session:
        label = full_label(find_period(session, period))
        left_out = (step, subject_of(step, label)) in skipped(session)
    if left_out:
        raise Conflict(f"{step.value} of {label} is skipped; first: ranham cycle unskip {label} {step.value}")
    run = scheduler.rerun(settings().prefect_api_url, step, label)
    console.print(
        f"{step.value} of {label} waits for a worker: {flow_run_url(settings().prefect_ui_url.rstrip('/'), run)}",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def skip(period: PeriodArgument, step: StepArgument, because: Because, as_: As = None) -> None:
    """Let the tick leave a step out. Example: `ranham cycle skip 2022-B08 close --because "letter of 6 September"`"""
    with unit_of_work() as session:
        info = find_period(session, period)
        made = intervention.skip(session, info, step, because=because, by=person(as_), now=clock.now())
    word = "is skipped from now on" if made else "was skipped before"
    console.print(f"{step.value} of {full_label(info)} {word}.", markup=False)


@app.command()
def unskip(period: PeriodArgument, step: StepArgument, as_: As = None) -> None:
    """Let the tick do a step again. Example: `ranham cycle unskip 2022-B08 close`"""
    with unit_of_work() as session:
        info = find_period(session, period)
        ended = intervention.unskip(session, info, step, by=person(as_), now=clock.now())
    word = "is done again by the tick, when it is due" if ended else "was not skipped"
    console.print(f"{step.value} of {full_label(info)} {word}.", markup=False)


@app.command("release-lease")
def release_lease(
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="2022-B08; of a freeze the year: RANHAM-V:2022.")],
    because: Because,
    as_: As = None,
) -> None:
    """Take a period's lease from a holder that is gone; one that still lives cannot write any more.

    Example: `ranham cycle release-lease 2022-B08 --because "the host was replaced"`
    """
    with unit_of_work() as session:
        holder = intervention.release_lease(session, period, because=because, by=person(as_), now=clock.now())
    console.print(f"The lease of {period} is free; it was held by {holder}.", markup=False, soft_wrap=True)
