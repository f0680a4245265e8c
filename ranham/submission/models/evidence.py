"""Evidence (data dukung): what is known of each file. The bytes lie in the evidence store under their SHA-256."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.territory.models import ReportingUnit


class Scan(StrEnum):
    NOT_CONFIGURED = "not_configured"
    CLEAN = "clean"


class Evidence(Model):
    """One file of a unit. The same bytes twice are one row of that unit."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("unit_id", "sha256"),
        Index("ix_evidence_sha256", "sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size_bytes > 0", name="size"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey(ReportingUnit.id))
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    media_type: Mapped[str]
    """As its content says, never as the sender says."""
    file_name: Mapped[str]
    kind: Mapped[str]
    """For example notulen, daftar_hadir, foto, sk; the plan names the kinds it asks for."""
    dated_on: Mapped[date | None]
    letterhead: Mapped[bool | None]
    signed: Mapped[bool | None]
    scan: Mapped[Scan] = mapped_column(stored(Scan, "scan"))
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime]


class DraftEvidence(Model):
    """Evidence laid beside an answer in work."""

    __tablename__ = "draft_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["report_id", "measure_id"], ["draft_answer.report_id", "draft_answer.measure_id"], ondelete="CASCADE"
        ),
        Index("ix_draft_evidence_evidence", "evidence_id"),
    )

    report_id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)


class AnswerEvidence(Model):
    """Evidence of an answer that was sent. Never changed or removed, and so keeps the file from being deleted."""

    __tablename__ = "answer_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["submission_id", "measure_id"], ["measure_answer.submission_id", "measure_answer.measure_id"]
        ),
        Index("ix_answer_evidence_evidence", "evidence_id"),
    )

    submission_id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
