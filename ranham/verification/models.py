"""Work of the verifiers: tasks, decisions with their marks, and what a verifier must not judge."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.plan.models import Measure, Period
from ranham.submission.models import Report, Submission
from ranham.territory.models import ReportingUnit, VerifyingOffice
from ranham.verification.rules import Aspect, Mark, ReasonCode, Tier, Verdict


class VerificationTask(Model):
    """One reading of a report that is due. The row is the queue: open until it is decided."""

    __tablename__ = "verification_task"
    __table_args__ = (
        UniqueConstraint("report_id", "tier", "round", "second_reading"),
        Index(
            "ix_verification_task_open", "period_id", "office_id", "due_at", "id", postgresql_where="done_at IS NULL"
        ),
        Index("ix_verification_task_period", "period_id", "due_at", "id"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("taken_at IS NULL OR (verifier IS NOT NULL AND submission_id IS NOT NULL)", name="taken_whole"),
        CheckConstraint("NOT second_reading OR submission_id IS NOT NULL", name="second_of_a_revision"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(Report.id))
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    """That of the report: what is open in a period is found without looking it up."""
    province_id: Mapped[int | None] = mapped_column(ForeignKey(ReportingUnit.id))
    """Province of the unit as of the period; empty for a K/L."""
    tier: Mapped[Tier] = mapped_column(stored(Tier, "tier"))
    round: Mapped[int]
    """1 for the first reading; each time the report comes back it is read anew, in the next round."""
    office_id: Mapped[int | None] = mapped_column(ForeignKey(VerifyingOffice.id))
    """Empty: the central secretariat."""
    second_reading: Mapped[bool]
    """A blind second reading, for the agreement of verifiers; it changes no report."""
    verifier: Mapped[str | None]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey(Submission.id))
    """The revision that is read: held fast when the task is taken, of a second reading from the start."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """First instant past the tier's time limit."""
    taken_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class VerificationDecision(Model):
    """What was decided in a task, once. Never changed."""

    __tablename__ = "verification_decision"
    __table_args__ = (
        UniqueConstraint("task_id"),  # a task is decided once
        Index("ix_verification_decision_submission", "submission_id"),
        CheckConstraint("score_bp BETWEEN 0 AND 10000", name="score"),
        CheckConstraint("(score_bp IS NOT NULL) = (verdict = 'accept')", name="scored_when_accepted"),
        CheckConstraint("new_deadline IS NULL OR verdict = 'return'", name="deadline"),
        CheckConstraint("reason_code <> 'other' OR coalesce(length(btrim(remark)), 0) > 0", name="other_said"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("verification_task.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey(Submission.id))
    verdict: Mapped[Verdict] = mapped_column(stored(Verdict, "verdict"))
    reason_code: Mapped[ReasonCode | None] = mapped_column(stored(ReasonCode, "reason_code"))
    remark: Mapped[str | None]
    new_deadline: Mapped[datetime | None]
    """Until when the report may come again; empty for a second reading, which returns nothing."""
    score_bp: Mapped[int | None]
    in_batch: Mapped[bool]
    """Accepted among others in which nothing was flagged."""
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class AspectScore(Model):
    """Mark of one measure under one aspect. Never changed."""

    __tablename__ = "aspect_score"
    __table_args__ = (
        CheckConstraint("mark = 'fulfilled' OR reason_code IS NOT NULL", name="reason"),
        CheckConstraint("reason_code <> 'other' OR coalesce(length(btrim(remark)), 0) > 0", name="other_said"),
    )

    decision_id: Mapped[int] = mapped_column(ForeignKey("verification_decision.id"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey(Measure.id), primary_key=True)
    aspect: Mapped[Aspect] = mapped_column(stored(Aspect, "aspect"), primary_key=True)
    mark: Mapped[Mark] = mapped_column(stored(Mark, "mark"))
    reason_code: Mapped[ReasonCode | None] = mapped_column(stored(ReasonCode, "reason_code"))
    remark: Mapped[str | None]


class VerifierInterest(Model):
    """A conflict of interest: the verifier never gets, takes or decides reports of this unit."""

    __tablename__ = "verifier_interest"
    __table_args__ = (UniqueConstraint("verifier", "unit_id", "whole_province"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    verifier: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey(ReportingUnit.id))
    whole_province: Mapped[bool]
    """The unit is a province and its regencies/cities are meant too."""
    declared_at: Mapped[datetime]
