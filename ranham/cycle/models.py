"""The state of a period's cycle, the lease on it, and our record of each run. Never kept in Prefect."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.plan.models import Period


class Step(StrEnum):
    FREEZE = "freeze"
    OPEN = "open"
    IMPORT = "import"
    VERIFY = "verify"
    ROLL_UP = "roll_up"
    REMIND = "remind"
    CLOSE = "close"
    PROPOSE = "propose"
    PUBLISH = "publish"
    DISTRIBUTE = "distribute"
    ANNUAL_REPORT = "annual_report"
    TICK = "tick"


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


class PeriodState(Model):
    """When a period was opened and closed by the engine; dates of the window are the plan's."""

    __tablename__ = "period_state"
    __table_args__ = (CheckConstraint("closed_at >= opened_at", name="order"),)

    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id), primary_key=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Lease(Model):
    """Single flight: who works on a thing now. A dead holder's lease runs out by itself."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    fence: Mapped[int]
    """Grows with every new holder, so that a paused former holder can be told from the present one."""
    expires_at: Mapped[datetime]
    taken_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    """Since when this holder has it; renewing does not move it."""


class CycleRun(Model):
    """Our record of a step that ran, pointing at the flow run that ran it."""

    __tablename__ = "cycle_run"
    __table_args__ = (Index("ix_cycle_run_period_step", "period_label", "step", "started_at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    step: Mapped[Step] = mapped_column(stored(Step, "step"))
    period_label: Mapped[str | None]
    flow_run_id: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[RunState] = mapped_column(stored(RunState, "state"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rows: Mapped[int | None]
    summary: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]


class StepSkip(Model):
    """A step that an operator told the tick to leave out. Taking it back ends the row; it is never deleted."""

    __tablename__ = "step_skip"
    __table_args__ = (
        Index("uq_step_skip_in_force", "subject", "step", unique=True, postgresql_where=text("taken_back_at IS NULL")),
        CheckConstraint(r"because ~ '\S'", name="because"),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by IS NULL)", name="taken_back"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    step: Mapped[str]
    """A `Step`; as text, so that a step that a version adds needs no migration here."""
    subject: Mapped[str]
    """What the step works on: the period's full label, or the year's for a freeze."""
    skipped_at: Mapped[datetime]
    skipped_by: Mapped[str]
    because: Mapped[str]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[str | None]
