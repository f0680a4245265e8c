"""Extensions (perpanjangan) of a window: asked for, decided by somebody else, for a unit or for all."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model
from ranham.plan.models import Period
from ranham.territory.models import ReportingUnit


class Extension(Model):
    """More time in a period. Without a unit it is an amnesty: for everybody, because the service itself was down."""

    __tablename__ = "extension"
    __table_args__ = (
        Index("ix_extension_period_unit", "period_id", "unit_id"),
        CheckConstraint("length(btrim(reason)) > 0", name="justified"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_whole"),
        CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name="decision"),
        CheckConstraint("decided_by <> requested_by", name="four_eyes"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(ReportingUnit.id))
    until: Mapped[datetime]
    """First instant that is late again."""
    reason: Mapped[str]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    approved: Mapped[bool | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    remark: Mapped[str | None]
