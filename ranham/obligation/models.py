"""Who owes which action in which plan year: frozen once, changed only by dated excuses."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.plan.models import Action, Period, PlanYear, Regulation
from ranham.territory.models import ReportingUnit


class ExcuseKind(StrEnum):
    EXCUSED = "excused"
    NOT_APPLICABLE = "not_applicable"


class YearFreeze(Model):
    """A plan year's obligations, decided once. Later versions of the plan do not touch them."""

    __tablename__ = "year_freeze"
    __table_args__ = (UniqueConstraint("regulation_id", "year"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    regulation_id: Mapped[int] = mapped_column(ForeignKey(Regulation.id))
    year: Mapped[int]
    plan_year_id: Mapped[int] = mapped_column(ForeignKey(PlanYear.id), unique=True)
    territory_as_of: Mapped[date]
    frozen_at: Mapped[datetime]


class Obligation(Model):
    """Kewajiban pelaporan: one unit owes one action in every period of the year."""

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("unit_id", "action_id"),
        UniqueConstraint("id", "unit_id", "action_id"),  # for reports, which carry unit and action along
        Index("ix_obligation_plan_year", "plan_year_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_year_id: Mapped[int] = mapped_column(ForeignKey("year_freeze.plan_year_id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey(ReportingUnit.id))
    action_id: Mapped[int] = mapped_column(ForeignKey(Action.id))


class Exclusion(Model):
    """A unit that a rule of the plan leaves out, with the reason."""

    __tablename__ = "exclusion"
    __table_args__ = (UniqueConstraint("plan_year_id", "unit_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    plan_year_id: Mapped[int] = mapped_column(ForeignKey("year_freeze.plan_year_id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey(ReportingUnit.id))
    reason: Mapped[str]


class Excuse(Model):
    """Excused or not applicable in a period; leaves the denominator from the day it is approved.

    A declined one stays as it is, and the same may be asked for again: at most one that is open or approved.
    """

    __tablename__ = "excuse"
    __table_args__ = (
        Index(
            "uq_excuse_asked", "obligation_id", "period_id", unique=True, postgresql_where=text("declined_at IS NULL")
        ),
        CheckConstraint("(approved_at IS NULL) = (approved_by IS NULL)", name="approval"),
        CheckConstraint("length(btrim(justification)) > 0", name="justified"),
        CheckConstraint("num_nonnulls(declined_at, declined_by, decline_reason) IN (0, 3)", name="declined_whole"),
        CheckConstraint("length(btrim(decline_reason)) > 0", name="decline_justified"),
        CheckConstraint("approved_at IS NULL OR declined_at IS NULL", name="one_decision"),
        CheckConstraint("declined_by <> requested_by", name="four_eyes"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    kind: Mapped[ExcuseKind] = mapped_column(stored(ExcuseKind, "kind"))
    justification: Mapped[str]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    declined_by: Mapped[str | None]
    declined_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None]
