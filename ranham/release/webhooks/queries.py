"""Which webhooks there are, and how they fare."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class WebhookRow:
    id: int
    name: str
    url: str
    events: list[str]
    description: str | None
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_because: str | None
    told: int
    """Messages to it, of which:"""
    taken: int
    waiting: int


LIST = text("""
SELECT w.id, w.name, w.url, w.events, w.description, w.created_at, w.created_by, w.withdrawn_at, w.withdrawn_by,
       w.withdrawn_because, count(d.id), count(d.id) FILTER (WHERE d.state = 'delivered_to_provider'),
       count(d.id) FILTER (WHERE d.state IN ('created', 'sending', 'temporary_failure'))
FROM release_webhook w LEFT JOIN release_webhook_notice n ON n.webhook_id = w.id
LEFT JOIN delivery d ON d.kind = 'release_webhook' AND d.ref = n.id
WHERE w.id > :after AND (:withdrawn OR w.withdrawn_at IS NULL) GROUP BY w.id ORDER BY w.id LIMIT :limit
""")


def webhooks(
    session: Session, *, withdrawn: bool = False, after: int = 0, limit: int | None = None
) -> list[WebhookRow]:
    """The oldest first; withdrawn ones are left out unless they are asked for."""
    return [WebhookRow(*row) for row in session.execute(LIST, {"withdrawn": withdrawn, "after": after, "limit": limit})]


def find_webhook(session: Session, name: str) -> int:
    """Id of the one that is told under this name."""
    found = session.scalar(
        text("SELECT id FROM release_webhook WHERE name = :name AND withdrawn_at IS NULL"), {"name": name}
    )
    if found is None:
        raise NotFound(f"no webhook {name}; ranham release webhook list shows which there are")
    return int(found)
