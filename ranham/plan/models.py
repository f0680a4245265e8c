"""A regulation and its immutable versions. What is loaded never changes; an amendment is a new version."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored


class ZoneRule(StrEnum):
    """Whose midnight ends a window: Jakarta's, or the unit's own."""

    JAKARTA = "jakarta"
    UNIT = "unit"


class Regulation(Model):
    __tablename__ = "regulation"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    instrument: Mapped[str]


class PlanVersion(Model):
    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("regulation_id", "version"),
        UniqueConstraint("regulation_id", "digest"),  # the same file twice is the same version
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    regulation_id: Mapped[int] = mapped_column(ForeignKey("regulation.id"))
    version: Mapped[int]
    digest: Mapped[str]
    """SHA-256 of the canonical JSON of the file."""
    document: Mapped[dict[str, Any]]
    """The whole validated file: articles, links, bodies, criteria, scoring."""
    loaded_at: Mapped[datetime]


class PlanYear(Model):
    __tablename__ = "plan_year"
    __table_args__ = (UniqueConstraint("plan_version_id", "year"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    year: Mapped[int]
    territory_as_of: Mapped[date]
    """Obligations are frozen on the territory of this day."""
    annual_periods: Mapped[int]
    """Number of periods whose mean is the annual score."""


class TargetGroup(Model):
    __tablename__ = "target_group"
    __table_args__ = (UniqueConstraint("plan_version_id", "code"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    code: Mapped[str]
    name_id: Mapped[str]
    name_en: Mapped[str]


class StrategicObjective(Model):
    __tablename__ = "strategic_objective"
    __table_args__ = (UniqueConstraint("plan_version_id", "code"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    code: Mapped[str]
    text_id: Mapped[str]


class Action(Model):
    """Aksi HAM of a plan year."""

    __tablename__ = "action"
    __table_args__ = (UniqueConstraint("plan_year_id", "code"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_year_id: Mapped[int] = mapped_column(ForeignKey("plan_year.id"))
    code: Mapped[str]
    title_id: Mapped[str]
    target_group_id: Mapped[int | None] = mapped_column(ForeignKey("target_group.id"))
    objective_id: Mapped[int | None] = mapped_column(ForeignKey("strategic_objective.id"))
    text_in_sources: Mapped[bool]
    """False: the regulation's wording is not known to us and none is invented."""


class Period(Model):
    """Reporting period, for example B08 of 2022. The window's last day counts whole."""

    __tablename__ = "period"
    __table_args__ = (
        UniqueConstraint("plan_year_id", "code"),
        CheckConstraint("closes_on >= opens_on", name="window"),
        CheckConstraint("(opens_on IS NULL) = (closes_on IS NULL)", name="window_whole"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_year_id: Mapped[int] = mapped_column(ForeignKey("plan_year.id"))
    code: Mapped[str]
    closing_month: Mapped[int]
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    zone_rule: Mapped[ZoneRule] = mapped_column(stored(ZoneRule, "zone_rule"))
    window_verified: Mapped[bool]


class Measure(Model):
    """Ukuran keberhasilan of an action in a period."""

    __tablename__ = "measure"
    __table_args__ = (
        UniqueConstraint("action_id", "period_id", "number"),
        CheckConstraint("value_max >= value_min", name="range"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    number: Mapped[int]
    text_id: Mapped[str]
    unit_of_measure: Mapped[str | None]
    value_min: Mapped[Decimal | None]
    value_max: Mapped[Decimal | None]
    required: Mapped[bool]
    evidence_kinds: Mapped[list[str]]
    """Kinds of evidence asked for; empty: the answer alone suffices."""
