"""What Prefect's pages show of our state: tables, progress, and what to do after a failure. Shown only, never read back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, cast
from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.events import emit_event
from prefect.runtime import flow_run

from ranham.cycle.models import Step
from ranham.cycle.status import StepStatus

P = ParamSpec("P")
LEASE_HELD = "ranham.lease.held-too-long"
DELIVERIES_FAILED = "ranham.deliveries.failed"
SHOWN = (
    "period",
    "step",
    "last",
    "started_at",
    "rows",
    "due",
    "due_since",
    "late",
    "lease_holder",
    "action",
    "command",
)


def shown_only(show: Callable[P, None]) -> Callable[P, None]:
    """Outside a flow run nothing is shown; and what cannot be shown stops no work."""

    @wraps(show)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        if not flow_run.id:
            return
        try:
            show(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever Prefect has against it, our work goes on
            get_run_logger().warning("could not be shown: %s: %s", type(error).__name__, error)

    return shown


@dataclass(slots=True)
class Progress:
    """A bar while something runs. It shows how far the work is, and is no proof that it was done."""

    key: str
    whole: int
    artifact: UUID | None = None

    def reached(self, done: int) -> None:
        if self.whole > 0:
            _show_progress(self, min(100.0, 100.0 * done / self.whole), f"{done} of {self.whole}")


@shown_only
def _show_progress(progress: Progress, percent: float, words: str) -> None:
    if progress.artifact is None:
        progress.artifact = cast("UUID", create_progress_artifact(percent, key=progress.key, description=words))
    else:
        update_progress_artifact(progress.artifact, percent, description=words)


@shown_only
def show_table(rows: list[dict[str, Any]], key: str, description: str) -> None:
    create_table_artifact(rows, key=key, description=description)


@shown_only
def show_record(run: int, step: Step, period: str) -> None:
    """Which record of ours tells of the flow run."""
    words = f"Record **{run}** of step *{step.value}*, period {period}: `ranham period runs`"
    create_markdown_artifact(words, key="cycle-run", description=f"cycle_run {run}")


@shown_only
def show_status(rows: list[StepStatus]) -> None:
    table = [{name: "" if (value := getattr(row, name)) is None else str(value) for name in SHOWN} for row in rows]
    late = sum(row.late for row in rows)
    create_table_artifact(table, key="cycle-status", description=f"{late} steps are late; the same as `ranham status`")


@shown_only
def show_actions(step: Step, period: str, error: BaseException) -> None:
    """Beside a failed run: what is safe to do now."""
    create_markdown_artifact(
        f"**{step.value}** of {period} failed: `{type(error).__name__}`. Nothing is half done that a repetition would spoil.\n\n"
        f"| when | do |\n|---|---|\n"
        f"| the cause is mended | nothing: the next tick does it; or `ranham cycle rerun {period} {step.value}` |\n"
        f"| the holder of the lease is gone | `ranham cycle release-lease {period} --because ...` |\n"
        f"| it is to be left out for now | `ranham cycle skip {period} {step.value} --because ...` |\n"
        f"| it is not clear why | `ranham doctor`, then `ranham status {period}` |\n",
        key="safe-actions",
        description=f"after {step.value} of {period}",
    )


@shown_only
def tell_lease(row: StepStatus) -> None:
    emit_event(
        LEASE_HELD,
        resource={"prefect.resource.id": f"ranham.lease.{row.period}", "prefect.resource.name": row.period},
        payload={"holder": row.lease_holder, "seconds": row.lease_seconds, "command": row.command},
    )


@shown_only
def tell_deliveries(waiting: int) -> None:
    emit_event(
        DELIVERIES_FAILED,
        resource={"prefect.resource.id": "ranham.outbox", "prefect.resource.name": "outbox"},
        payload={"waiting_for_a_person": waiting, "command": "ranham outbox list --state technical_failure"},
    )
