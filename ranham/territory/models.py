"""Reporting units and their dated facts. Spans are half open: valid_from counts, valid_to does not."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored


class Level(StrEnum):
    MINISTRY = "ministry"
    PROVINCE = "province"
    REGENCY = "regency"


class LineageKind(StrEnum):
    SPLIT = "split"
    MERGE = "merge"


class OfficeKind(StrEnum):
    KANWIL = "kanwil"
    CENTRAL = "central"


class Decree(Model):
    __tablename__ = "decree"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    number: Mapped[str]
    dated_on: Mapped[date]
    title: Mapped[str]
    verified: Mapped[bool]
    """False: not in our sources; shown as unverified."""


class ReportingUnit(Model):
    """Instansi pelapor: a ministry, a province or a regency/city. Its identity outlives its codes and names."""

    __tablename__ = "reporting_unit"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """Stable name in reference data, never shown as a code."""
    level: Mapped[Level] = mapped_column(stored(Level, "level"))
    law_on: Mapped[date | None]
    inaugurated_on: Mapped[date | None]
    inaugurated_verified: Mapped[bool] = mapped_column(default=True)


class UnitVersion(Model):
    """Code, name, type, parent and zone of a unit over a span, with the decree that began it."""

    __tablename__ = "unit_version"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="span"),
        UniqueConstraint("unit_id", "valid_from"),  # a unit changes at most once a day
        Index("ix_unit_version_code", "code"),
        # No overlap per unit, nor per code: constraint trigger refuse_overlap (see the migration).
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    code: Mapped[str | None]
    """Kemendagri code; empty while a new unit exists by law and no decree has numbered it yet."""
    name: Mapped[str]
    type: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("reporting_unit.id"))
    time_zone: Mapped[str]
    decree_id: Mapped[int | None] = mapped_column(ForeignKey("decree.id"))
    verified: Mapped[bool]


class UnitLineage(Model):
    __tablename__ = "unit_lineage"
    __table_args__ = (UniqueConstraint("from_unit_id", "to_unit_id", "on_date"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    kind: Mapped[LineageKind] = mapped_column(stored(LineageKind, "kind"))
    on_date: Mapped[date]
    decree_id: Mapped[int | None] = mapped_column(ForeignKey("decree.id"))


class VerifyingOffice(Model):
    """Kanwil: verifies reports. It is not a province, and its map of provinces is dated."""

    __tablename__ = "verifying_office"
    __table_args__ = (CheckConstraint("valid_to > valid_from", name="span"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[OfficeKind] = mapped_column(stored(OfficeKind, "kind"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    verified: Mapped[bool]


class OfficeAssignment(Model):
    """Which office verifies a province (and its regencies) over a span."""

    __tablename__ = "office_assignment"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="span"),
        UniqueConstraint("unit_id", "valid_from"),  # one office per province and day
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("reporting_unit.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("verifying_office.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    verified: Mapped[bool]
    note: Mapped[str | None]
