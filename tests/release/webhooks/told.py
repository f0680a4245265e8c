"""Webhooks of the tests, and what was put into the outbox for them."""

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.release.webhooks import service
from ranham.release.webhooks.models import Webhook
from ranham.release.webhooks.rules import OF_RELEASES, USUAL, WebhookEvent
from tests.release.world import NOW

ALL = tuple(OF_RELEASES)
URL = "https://pusdatin.example.go.id/ranham"


def webhook(
    session: Session, name: str = "pusdatin", url: str = URL, *, events: tuple[WebhookEvent, ...] = USUAL
) -> Webhook:
    return service.add(session, name, url, events=events, plain=True, by="siti", now=NOW)


def told(session: Session) -> list[tuple[str, str, str | None]]:
    """Webhook, event and release of each notice that has a delivery which waits for it."""
    rows = session.execute(
        text("""SELECT w.name, n.event, r.number FROM release_webhook_notice n JOIN release_webhook w ON w.id = n.webhook_id
                LEFT JOIN release r ON r.id = n.release_id
                JOIN delivery d ON d.kind = 'release_webhook' AND d.ref = n.id AND d.channel = 'webhook'
                               AND d.address = w.url AND d.name = w.name
                ORDER BY n.id""")
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def bodies(session: Session) -> list[dict[str, Any]]:
    found = session.scalars(
        text("""SELECT c.text FROM delivery_content c JOIN delivery d ON d.id = c.delivery_id
                WHERE d.kind = 'release_webhook' ORDER BY d.id""")
    )
    return [json.loads(each) for each in found]
