"""Whom to write to, and the ledger of what was to be written, to whom, when and why."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.plan.models import Period
from ranham.territory.models import ReportingUnit, VerifyingOffice


class Function(StrEnum):
    """What a recipient is in the office; the same words as the rungs of a plan."""

    OPERATOR = "operator"
    HEAD_OF_OFFICE = "head_of_office"
    """Sekda of a region, the head (kepala) or secretary of a body."""
    LEGAL_BUREAU = "legal_bureau"
    """Biro Hukum of the province."""
    REGIONAL_OFFICE = "regional_office"
    """Kanwil."""
    MINISTRY = "ministry"
    VERIFIER = "verifier"


class Decision(StrEnum):
    SEND = "send"
    OVERTAKEN = "overtaken"
    """A later rung says it."""
    SKIPPED = "skipped"
    """Its time was over before it could be sent."""
    NOBODY = "nobody"
    """There is nobody to write to."""


class Contact(Model):
    """An address to write to, over a span. Corrected by ending the row and adding another, so history stays."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("unit_id IS NULL OR office_id IS NULL", name="one_place"),
        CheckConstraint(
            "(function IN ('operator', 'head_of_office', 'legal_bureau')) = (unit_id IS NOT NULL)", name="unit"
        ),
        CheckConstraint("(function = 'regional_office') <= (office_id IS NOT NULL)", name="regional_office"),
        CheckConstraint("office_id IS NULL OR function IN ('regional_office', 'verifier')", name="office"),
        CheckConstraint("valid_to >= valid_from", name="span"),
        CheckConstraint("language IN ('id', 'en')", name="language"),
        CheckConstraint("length(btrim(address)) > 0 AND length(btrim(name)) > 0", name="said"),
        CheckConstraint("unsubscribed_at IS NULL OR courtesy", name="unsubscribed"),
        Index("ix_contact_unit_id", "unit_id"),
        Index("ix_contact_office_id", "office_id"),
        Index("ix_contact_replaces", "replaces", postgresql_where="replaces IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(ReportingUnit.id))
    office_id: Mapped[int | None] = mapped_column(ForeignKey(VerifyingOffice.id))
    """Kanwil. Without a unit and an office: the ministry."""
    function: Mapped[Function] = mapped_column(stored(Function, "function"))
    name: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    courtesy: Mapped[bool]
    """Gets copies only; does not stand for the office."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """First day without the contact; the same day as valid_from: it never came into force."""
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When somebody last said that the address is right."""
    unsubscribed_at: Mapped[datetime | None]
    """Copies only: an office cannot unsubscribe from its deadlines."""
    replaces: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    """The contact that ends once this one is confirmed; until then reminders still go there."""


class Reminder(Model):
    """The ledger: one row for each rung, occasion and recipient, before anything is sent. Never deleted."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint(
            "period_id",
            "rung",
            "occasion",
            "unit_id",
            "office_id",
            "recipient",
            name="uq_reminder_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("unit_id IS NULL OR office_id IS NULL", name="one_place"),
        CheckConstraint("(decision = 'nobody') <= (recipient = 'nobody')", name="nobody"),
        CheckConstraint("decision <> 'send' OR (address IS NOT NULL AND channel IS NOT NULL)", name="sendable"),
        CheckConstraint("decision = 'send' OR delivery_id IS NULL", name="delivery"),
        Index("ix_reminder_unit_id", "unit_id", "period_id"),
        Index("ix_reminder_nobody", "period_id", "rung", "occasion", postgresql_where="decision = 'nobody'"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey(Period.id))
    rung: Mapped[str]
    """Code of the rung in the plan."""
    occasion: Mapped[str]
    """What the rung counts from: `window`, `deadline 2022-09-06`, `return 2022-09-12`, `verification 2022-09-15`."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(ReportingUnit.id))
    """The unit that is reminded; of a digest the province whose legal bureau gets it."""
    office_id: Mapped[int | None] = mapped_column(ForeignKey(VerifyingOffice.id))
    """Of a digest the Kanwil. Without a unit and an office: the ministry."""
    recipient: Mapped[str]
    """`person:5`, `contact:7` or `nobody`."""
    function: Mapped[Function | None] = mapped_column(stored(Function, "function"))
    """In which function the recipient is written to; empty for nobody."""
    channel: Mapped[str | None]
    address: Mapped[str | None]
    name: Mapped[str | None]
    language: Mapped[str | None]
    courtesy: Mapped[bool]
    due_at: Mapped[datetime]
    """By the rung, on the recipient's clock, before working hours are looked at."""
    send_at: Mapped[datetime]
    """From when it may be sent: in working hours, and not before it was planned."""
    decision: Mapped[Decision] = mapped_column(stored(Decision, "decision"))
    because: Mapped[str | None]
    """Why it is not sent."""
    unit_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """The units that a digest listed when it was planned."""
    deadline: Mapped[datetime | None]
    """First instant that is late, of what the occasion counts to."""
    planned_at: Mapped[datetime]
    delivery_id: Mapped[int | None]
    """The message in the outbox; the outbox keeps its own time of keeping, so there is no foreign key."""
