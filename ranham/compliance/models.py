"""Stored counts: what one pass over the obligations of a period gives. Ratios are made from them when read.

Neither table knows the territory: provinces, offices and the nation are sums over units, so the same counts can be
read on the territory of the cycle or on that of another day.

The counts have no foreign keys: they are derived in one statement from obligations, whose own keys vouch for each id,
and nothing that they point at is ever deleted. Checking every id again took half of the time of a rollup.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
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
    __mapper_args__ = {"primary_key": ["period_id", "unit_id", "target_group_id"]}  # noqa: RUF012 - SQLAlchemy's contract
    __table_args__ = (
        Index(
            "uq_unit_count", "period_id", "unit_id", "target_group_id", unique=True, postgresql_nulls_not_distinct=True
        ),
    )

    period_id: Mapped[int]
    unit_id: Mapped[int]
    target_group_id: Mapped[int | None]
    """Empty: actions without a target group; so this key cannot be the table's primary one."""
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
    period_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[Level] = mapped_column(stored(Level, "level"), primary_key=True)
    obligations: Mapped[int]
    excused: Mapped[int]
    reported: Mapped[int]
    complete: Mapped[int]
    on_time: Mapped[int]
    extended: Mapped[int]
    late: Mapped[int]
    achieved: Mapped[int]
