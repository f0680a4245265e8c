"""Stored counts: what one pass over the obligations of a period gives. Ratios are made from them when read.

Neither table knows the territory: provinces, offices and the nation are sums over units, so the same counts can be
read on the territory of the cycle or on that of another day.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.territory.models import Level


class Rollup(Model):
    """Up to where the counts of a period have been brought; final once the period is closed."""

    __tablename__ = "rollup"

    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), primary_key=True)
    computed_at: Mapped[datetime]
    watermark: Mapped[int]
    """Highest submission id that is counted; later ones are folded in as differences."""
    excuses_seen: Mapped[int]
    """Approved excuses that are counted; another number means counting anew."""
    final: Mapped[bool]


class UnitCount(Model):
    """Counts of a unit's obligations in a period, by target group."""

    __tablename__ = "unit_count"
    __table_args__ = (
        Index(
            "uq_unit_count", "period_id", "unit_id", "target_group_id", unique=True, postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    target_group_id: Mapped[int | None] = mapped_column(ForeignKey("target_group.id"))
    obligations: Mapped[int]
    excused: Mapped[int]
    reported: Mapped[int]
    complete: Mapped[int]
    on_time: Mapped[int]
    extended: Mapped[int]
    late: Mapped[int]
    achieved: Mapped[int]


class ActionCount(Model):
    """Counts of an action in a period, by level of the units that owe it."""

    __tablename__ = "action_count"
    __table_args__ = (UniqueConstraint("period_id", "action_id", "level"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"))
    level: Mapped[Level] = mapped_column(stored(Level, "level"))
    obligations: Mapped[int]
    excused: Mapped[int]
    reported: Mapped[int]
    complete: Mapped[int]
    on_time: Mapped[int]
    extended: Mapped[int]
    late: Mapped[int]
    achieved: Mapped[int]
