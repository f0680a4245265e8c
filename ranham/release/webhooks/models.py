"""Webhooks and what each was told. Their secrets are in files: nothing of them is here."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.release.models import Release
from ranham.release.webhooks.rules import WebhookEvent


class Webhook(Model):
    """An address that is told. It never changes; it may be withdrawn, once."""

    __tablename__ = "release_webhook"
    __table_args__ = (
        Index("uq_release_webhook_name", "name", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="name"),
        CheckConstraint("url ~ '^https?://[!-~]+$' AND url !~ '[?#]' AND length(url) <= 2000", name="url"),
        CheckConstraint(
            "cardinality(events) > 0 AND events <@ ARRAY['release.published', 'release.superseded', 'release.dropped']",
            name="events",
        ),
        CheckConstraint("num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_because) IN (0, 3)", name="withdrawn"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    """Also of the file that holds its secret; free again once the webhook is withdrawn."""
    url: Mapped[str]
    events: Mapped[list[str]]
    description: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_because: Mapped[str | None]


class WebhookNotice(Model):
    """One thing that one webhook is told, once; the delivery that carries it is found by this id."""

    __tablename__ = "release_webhook_notice"
    __table_args__ = (
        UniqueConstraint("webhook_id", "release_id", "event"),
        CheckConstraint("(event = 'webhook.test') = (release_id IS NULL)", name="of_release"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey(Webhook.id))
    release_id: Mapped[int | None] = mapped_column(ForeignKey(Release.id))
    event: Mapped[WebhookEvent] = mapped_column(stored(WebhookEvent, "event"))
    occurred_at: Mapped[datetime]
