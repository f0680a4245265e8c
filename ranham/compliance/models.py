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
from ranham.plan.models import Period
from ranham.territory.models import Level


class Rollup(Model):
    """Up to where the counts of a period have been brought; final once the period is closed."""

    __tablename__ = "rollup"

    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id), primary_key=True)
    computed_at: Mapped[datetime]
    watermark: Mapped[int]
    """Highest submission id that is counted; later ones are folded in as differences."""
    event_watermark: Mapped[int]
    """Highest report event that is counted: verification and reopening are news of their own."""
    excuses_seen: Mapped[int]
    """Approved excuses that are counted; another number means counting anew."""
    counted: Mapped[int]
    """Obligations at the last whole count."""
    differences: Mapped[int]
    """Rows of differences appended since then; many of them are folded in by the next whole count."""
    final: Mapped[bool]


class UnitCount(Model):
    """Counts of a unit's obligations in a period, by target group; several rows add up.

    A whole count writes one row for each unit and target group; later news are appended as differences, which may be
    negative. Appending is far cheaper than updating rows in place, and readers sum in any case.
    """

    __tablename__ = "unit_count"
    # A ledger without a key of its own; the mapper wants one and never loads these rows as objects.
    __mapper_args__ = {"primary_key": ["period_id", "unit_id", "target_group_id"]}  # noqa: RUF012
    __table_args__ = (Index("ix_unit_count_period_unit", "period_id", "unit_id"),)

    period_id: Mapped[int]
    unit_id: Mapped[int]
    target_group_id: Mapped[int | None]
    """Empty: actions without a target group."""
    obligations: Mapped[int]
    excused: Mapped[int]
    reported: Mapped[int]
    complete: Mapped[int]
    on_time: Mapped[int]
    extended: Mapped[int]
    late: Mapped[int]
    achieved: Mapped[int]
    verified: Mapped[int]
    score_bp: Mapped[int]
    """Sum of the scores of verified reports, in basis points."""


class ActionCount(Model):
    """Counts of an action in a period, by level of the units that owe it; several rows add up, as above."""

    __tablename__ = "action_count"
    __table_args__ = (Index("ix_action_count_period", "period_id"),)
    __mapper_args__ = {"primary_key": ["period_id", "action_id", "level"]}  # noqa: RUF012
    period_id: Mapped[int]
    action_id: Mapped[int]
    level: Mapped[Level] = mapped_column(stored(Level, "level"))
    obligations: Mapped[int]
    excused: Mapped[int]
    reported: Mapped[int]
    complete: Mapped[int]
    on_time: Mapped[int]
    extended: Mapped[int]
    late: Mapped[int]
    achieved: Mapped[int]
    verified: Mapped[int]
    score_bp: Mapped[int]
