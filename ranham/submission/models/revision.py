"""Immutable revisions, their measure answers, and the batches they came in."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ranham.access.models import Person
from ranham.kernel.model import Model, stored
from ranham.obligation.models import Obligation
from ranham.plan.models import Measure, Period


class Answer(StrEnum):
    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT_ACHIEVED = "not_achieved"
    NIL = "nil"
    NOT_APPLICABLE = "not_applicable"


class Timeliness(StrEnum):
    ON_TIME = "on_time"
    EXTENDED = "extended"
    LATE = "late"


class ImportBatch(Model):
    """One file that was imported. Its digest makes the same file twice change nothing."""

    __tablename__ = "import_batch"
    __table_args__ = (UniqueConstraint("period_id", "digest"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    file_name: Mapped[str]
    digest: Mapped[str]
    code_system: Mapped[str]
    imported_at: Mapped[datetime]
    rows_read: Mapped[int]
    rows_refused: Mapped[int]
    simulated: Mapped[bool]
    imported_by: Mapped[int | None] = mapped_column(ForeignKey(Person.id), server_default=text("ranham_person()"))
    """The person who is signed in, put down by the database; empty for flows and the command line."""


class Submission(Model):
    """One revision of the report of an obligation in a period. Never changed, only followed by the next."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("obligation_id", "period_id", "revision"),
        Index(
            "uq_submission_current", "period_id", "obligation_id", unique=True, postgresql_where="is_current"
        ),  # one report counts
        ForeignKeyConstraint(
            ["obligation_id", "unit_id", "action_id"], [Obligation.id, Obligation.unit_id, Obligation.action_id]
        ),
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint(
            "(revision = 1) = (replaced_timeliness IS NULL) AND (revision = 1) = (replaced_complete IS NULL) "
            "AND (revision = 1) = (replaced_achieved IS NULL)",
            name="replaced",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    obligation_id: Mapped[int]
    unit_id: Mapped[int]
    action_id: Mapped[int]
    """Unit and action of the obligation, held to it by the key: what is counted is found without looking it up."""
    period_id: Mapped[int]
    """Period and batch are looked up by a trigger, once for a statement."""
    revision: Mapped[int]
    is_current: Mapped[bool]
    """The revision that counts; the only column that a later revision changes."""
    submitted_at: Mapped[datetime]
    submitted_offset_minutes: Mapped[int]
    """The offset the sender wrote, for showing the time as they saw it."""
    received_at: Mapped[datetime]
    judged_at: Mapped[datetime | None]
    """The moment that its timeliness goes by, where it keeps that of a revision before it; empty: `submitted_at`."""
    channel: Mapped[str]
    author: Mapped[str]
    batch_id: Mapped[int | None]
    digest: Mapped[str]
    """MD5 over the answers in order: tells an unchanged report from a new revision. Not a security feature."""
    timeliness: Mapped[Timeliness] = mapped_column(stored(Timeliness, "timeliness"))
    complete: Mapped[bool]
    """All required measures are answered and evidence is attached where it is asked for."""
    achieved: Mapped[bool]
    """Every required measure is achieved (tercapai)."""
    not_applicable: Mapped[bool]
    """Every answer is not_applicable: leaves the denominator only once an excuse is approved."""
    simulated: Mapped[bool]
    replaced_timeliness: Mapped[Timeliness | None] = mapped_column(stored(Timeliness, "replaced_timeliness"))
    replaced_complete: Mapped[bool | None]
    replaced_achieved: Mapped[bool | None]
    """What the revision before this one counted. Over a chain of revisions own less replaced adds up to the last."""


class MeasureAnswer(Model):
    __tablename__ = "measure_answer"
    __table_args__ = (
        CheckConstraint(
            "answer NOT IN ('nil', 'not_applicable') OR coalesce(length(btrim(note)), 0) > 0", name="reason"
        ),
    )

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey(Measure.id), primary_key=True)
    answer: Mapped[Answer] = mapped_column(stored(Answer, "answer"))
    value: Mapped[Decimal | None]
    note: Mapped[str | None]
    evidence: Mapped[list[str]]
    """SHA-256 digests or relative paths, as sent."""
