"""Releases: the figures of a closed period or of a plan year, with every obligation that they count.

The rows below a release are written with it and never changed. They have no foreign keys but that of the release, and
the facts not even that: what they name is never deleted, and checking every id of millions took most of the time.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.plan.models import Period, PlanYear
from ranham.release.states import ReleaseState
from ranham.submission.models import Timeliness


class OutputKind(StrEnum):
    FILES = "files"
    """All formats, and the announcement."""
    DOCUMENTS = "documents"
    """Of a year: the annual report and a sheet for each province."""


class ReleaseKind(StrEnum):
    PERIOD = "period"
    YEAR = "year"


class Release(Model):
    """One version of the figures of a period or a year. Its state goes forward only, its content never changes."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("regulation", "label", "sandbox", "version"),
        Index(
            "uq_release_open",
            "regulation",
            "label",
            unique=True,
            postgresql_where=text("NOT sandbox AND state IN ('provisional', 'proposed', 'signed_off')"),
        ),
        Index(
            "uq_release_published",
            "regulation",
            "label",
            unique=True,
            postgresql_where=text("state = 'published'"),
        ),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("(kind = 'period') = (period_id IS NOT NULL)", name="of_period"),
        CheckConstraint("version = 1 OR sandbox OR coalesce(length(btrim(reason)), 0) > 0", name="reason"),
        CheckConstraint("signed_off_by <> proposed_by", name="four_eyes"),
        CheckConstraint("NOT sandbox OR state IN ('provisional', 'dropped')", name="sandbox"),
        CheckConstraint("content_hash ~ '^[0-9a-f]{64}$'", name="content_hash"),
        CheckConstraint("state NOT IN ('published', 'superseded') OR signature IS NOT NULL", name="signed"),
        CheckConstraint("num_nonnulls(signature, key_id, published_at) IN (0, 3)", name="published_whole"),
        CheckConstraint("num_nonnulls(proposed_at, proposed_by) IN (0, 2)", name="proposed_whole"),
        CheckConstraint("num_nonnulls(signed_off_at, signed_off_by) IN (0, 2)", name="signed_off_whole"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    """`RANHAM-V:2022-B08/1`; of a sandbox `RANHAM-V:2022-B08/sandbox-1`."""
    regulation: Mapped[str]
    label: Mapped[str]
    """`2022-B08`, or `2022` of a year."""
    kind: Mapped[ReleaseKind] = mapped_column(stored(ReleaseKind, "kind"))
    period_id: Mapped[int | None] = mapped_column(ForeignKey(Period.id))
    plan_year_id: Mapped[int] = mapped_column(ForeignKey(PlanYear.id))
    version: Mapped[int]
    """1, 2, 3 without gaps for each label; sandboxes have a series of their own."""
    state: Mapped[ReleaseState] = mapped_column(stored(ReleaseState, "state"))
    sandbox: Mapped[bool]
    """A what-if: never published unless it is promoted."""
    reason: Mapped[str | None]
    """Why there is this version; the first needs none."""
    rules: Mapped[dict[str, Any]]
    """Everything that the figures were computed under, with the names of what is configuration, unverified."""
    rules_digest: Mapped[str]
    territory_as_of: Mapped[date]
    watermark: Mapped[int]
    """Highest submission id that counts."""
    event_watermark: Mapped[int]
    """Highest report event that counts."""
    excuses: Mapped[int]
    """Approved excuses that count."""
    known_at: Mapped[datetime]
    """Excuses approved up to then count."""
    simulated: Mapped[bool]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str | None]
    signed_off_at: Mapped[datetime | None]
    signed_off_by: Mapped[str | None]
    published_at: Mapped[datetime | None]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    """The version that was published when this one was made."""
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    content_hash: Mapped[str]
    """SHA-256 of the canonical form, in hexadecimal."""
    release_format: Mapped[str] = mapped_column(server_default="ranham-release/1")
    """Of the canonical form; what was made in a former one stays in it."""
    signature: Mapped[str | None]
    """Ed25519 over the canonical form, in hexadecimal; made when it is published."""
    key_id: Mapped[str | None]
    """SHA-256 of the public key (DER), in hexadecimal."""


class ReleaseOutput(Model):
    """That the files of a published release were written and told of, or its printed documents; once for each."""

    __tablename__ = "release_output"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    kind: Mapped[OutputKind] = mapped_column(stored(OutputKind, "kind"), primary_key=True)
    written_at: Mapped[datetime]
    files: Mapped[dict[str, Any]]
    """Name to SHA-256 in hexadecimal."""


class ReleaseFiling(Model):
    """That its files or documents were written; again under another small-cell rule, where it records none, and where
    they are made in another way since."""

    __tablename__ = "release_filing"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    kind: Mapped[OutputKind] = mapped_column(stored(OutputKind, "kind"), primary_key=True)
    content_tag: Mapped[str] = mapped_column(primary_key=True)
    """What the bytes depend on: `ranham.release.kept.tag`."""
    written_at: Mapped[datetime]
    files: Mapped[dict[str, Any]]
    """Name to SHA-256 in hexadecimal."""


class ReleaseUnit(Model):
    """A unit as it stood on the day of the release's territory: names and places of then."""

    __tablename__ = "release_unit"
    __table_args__ = (Index("ix_release_unit_parent", "release_id", "parent_id"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str | None]
    name: Mapped[str]
    type: Mapped[str]
    level: Mapped[str]
    parent_id: Mapped[int | None]
    """Province of a regency/city; empty where it did not stand on that day."""
    parent_code: Mapped[str | None]
    office_key: Mapped[str | None]
    """Of a regency/city that of its province."""


class ReleaseFigure(Model):
    """One ratio, as it was published. Of which unit is said by id too, since a code may be missing."""

    __tablename__ = "release_figure"
    __table_args__ = (Index("ix_release_figure_of", "release_id", "figure", "unit_code"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str]
    unit_id: Mapped[int | None]
    unit_code: Mapped[str | None]
    unit_name: Mapped[str]
    scope: Mapped[str]
    target_group: Mapped[str | None]
    action: Mapped[str | None]
    figure: Mapped[str]
    numerator: Mapped[int]
    denominator: Mapped[int]
    denominator_name: Mapped[str]


class ReleaseFact(Model):
    """What one obligation counted in a period. Every figure of the release is a sum over these rows."""

    __tablename__ = "release_fact"
    __table_args__ = (
        Index("ix_release_fact_unit", "release_id", "unit_id", "obligation_id", "period_id"),
        Index("ix_release_fact_excluded", "release_id", "obligation_id", postgresql_where=text("excluded IS NOT NULL")),
    )

    release_id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(primary_key=True)
    """That of the release; of a year each of its periods."""
    unit_id: Mapped[int]
    action_id: Mapped[int]
    submission_id: Mapped[int | None]
    """The revision that counted."""
    event_id: Mapped[int | None]
    """The report event that verified it."""
    reported: Mapped[bool]
    complete: Mapped[bool]
    achieved: Mapped[bool]
    verified: Mapped[bool]
    timeliness: Mapped[Timeliness | None] = mapped_column(stored(Timeliness, "timeliness"))
    score_bp: Mapped[int | None]
    excluded: Mapped[str | None]
    """Why it left the denominator; such a row counts nothing."""
