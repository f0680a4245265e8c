"""The report of an obligation in a period: its state, what happened to it, and the draft that its offices work on."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.obligation.models import Obligation
from ranham.plan.models import Measure, Period
from ranham.submission.models.revision import Answer
from ranham.submission.states import Event, State

OBLIGATION = (
    ["obligation_id", "unit_id", "action_id"],
    [Obligation.id, Obligation.unit_id, Obligation.action_id],
)


class Report(Model):
    """Where a report stands. Written at its first event: without a row it is not started, or submitted by import."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("obligation_id", "period_id"),
        ForeignKeyConstraint(*OBLIGATION),
        Index("ix_report_period_state", "period_id", "state"),
        Index("ix_report_unit", "unit_id", "period_id"),
        CheckConstraint("version >= 1 AND round >= 0", name="counters"),
        CheckConstraint("score_bp BETWEEN 0 AND 10000", name="score"),
        CheckConstraint("(score_bp IS NOT NULL) = (state IN ('verified', 'final'))", name="scored_when_verified"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    obligation_id: Mapped[int]
    unit_id: Mapped[int]
    action_id: Mapped[int]
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    state: Mapped[State] = mapped_column(stored(State, "state"))
    version: Mapped[int]
    """Grows with every change of state: a writer who saw an older one is refused."""
    round: Mapped[int]
    """How often the report was returned."""
    return_due_at: Mapped[datetime | None]
    """Until when a returned report may come again without becoming late."""
    reopened_at: Mapped[datetime | None]
    """Since then the close of the period does not bind this report; its figures of before stay."""
    unsent: Mapped[bool]
    """The draft says something that no revision says yet."""
    score_bp: Mapped[int | None]
    """Score of the verified revision in basis points (10000 = 100)."""
    changed_at: Mapped[datetime]


class ReportEvent(Model):
    """One transition of a report. Never changed; the count of verified reports is brought up to date from these."""

    __tablename__ = "report_event"
    __table_args__ = (
        ForeignKeyConstraint(*OBLIGATION),
        Index("ix_report_event_report", "report_id", "id"),
        Index("ix_report_event_period", "period_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    obligation_id: Mapped[int]
    unit_id: Mapped[int]
    action_id: Mapped[int]
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    event: Mapped[Event] = mapped_column(stored(Event, "event"))
    from_state: Mapped[State] = mapped_column(stored(State, "from_state"))
    to_state: Mapped[State] = mapped_column(stored(State, "to_state"))
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"))
    score_bp: Mapped[int | None]
    replaced_score_bp: Mapped[int | None]
    actor: Mapped[str]
    reason_code: Mapped[str | None]
    remark: Mapped[str | None]
    at: Mapped[datetime]


class DraftAnswer(Model):
    """An answer that is being worked on: one row per measure, so that several local agencies write side by side."""

    __tablename__ = "draft_answer"

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey(Measure.id), primary_key=True)
    answer: Mapped[Answer | None] = mapped_column(stored(Answer, "answer"))
    value: Mapped[Decimal | None]
    note: Mapped[str | None]
    stated_evidence: Mapped[list[str]] = mapped_column(server_default="{}")
    """Evidence that an imported file named and that does not lie in the store; sent on as it is."""
    opd: Mapped[str | None]
    """The local agency that is asked for this answer; empty: the operator's own."""
    version: Mapped[int]
    written_by: Mapped[str]
    written_at: Mapped[datetime]
