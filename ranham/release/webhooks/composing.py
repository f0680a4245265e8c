"""The body of a webhook: what happened, and where to get it. Made once; the same bytes in each attempt."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.outbox.deliveries import Content, Due, Withdrawn
from ranham.release.formats import FORMATS
from ranham.release.webhooks.rules import WebhookEvent

_NOTICES = text("""
SELECT n.id, n.event, n.occurred_at, r.number, r.regulation, r.label, r.kind, r.version,
       r.content_hash, r.simulated, b.number AS before, a.number AS after
FROM release_webhook_notice n LEFT JOIN release r ON r.id = n.release_id
LEFT JOIN release b ON b.id = r.supersedes LEFT JOIN release a ON a.id = r.superseded_by
WHERE n.id = ANY(:ids)
""")
_WITHDRAWN = text("""
SELECT n.id, w.name FROM release_webhook_notice n JOIN release_webhook w ON w.id = n.webhook_id
WHERE n.id = ANY(:ids) AND w.withdrawn_at IS NOT NULL
""")


def stop_withdrawn(session: Session, due: Sequence[Due], _now: datetime) -> Mapping[int, Withdrawn]:
    """Of kind `release_webhook`: nothing is sent once its webhook was withdrawn, also what was tried before."""
    names = dict(session.execute(_WITHDRAWN, {"ids": [each.ref for each in due]}).tuples().all())
    return {
        each.id: Withdrawn(f"the webhook {names[each.ref]} was withdrawn before it was told")
        for each in due
        if each.ref in names
    }


def compose_notice(session: Session, due: Sequence[Due], _now: datetime) -> Mapping[int, Content | Withdrawn]:
    """Of kind `release_webhook`."""
    notices = {row.id: row for row in session.execute(_NOTICES, {"ids": [each.ref for each in due]})}
    made: dict[int, Content | Withdrawn] = {}
    for each in due:
        notice = notices.get(each.ref)
        if notice is None:
            made[each.id] = Withdrawn("there is no such notice")
        else:
            said = _said(each.message_id, notice, settings().public_url.rstrip("/"))
            written = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
            made[each.id] = Content(notice.event, written, None)
    return made


def _said(message_id: str, notice: Row[Any], public_url: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": message_id,
        "event": notice.event,
        "occurred_at": f"{notice.occurred_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    if notice.number is None:
        return said
    said |= {
        "release": notice.number,
        "regulation": notice.regulation,
        "label": notice.label,
        "kind": notice.kind,
        "version": notice.version,
        "content_hash": notice.content_hash,
        "simulated": notice.simulated,
    }
    match notice.event:
        case WebhookEvent.PUBLISHED:
            return said | {"supersedes": notice.before, "pull": _addresses(notice, public_url)}
        case WebhookEvent.SUPERSEDED:
            return said | {"superseded_by": notice.after, "pull": _addresses(notice, public_url)}
    return said


def _addresses(notice: Row[Any], public_url: str) -> dict[str, Any]:
    """With a token of the API: what is published is read by everybody who is signed in."""
    release = f"{public_url}/api/v1/releases/{notice.regulation}:{notice.label}/{notice.version}"
    files = {name: f"{release}/files/{name}" for name in FORMATS}
    return {"release": release, "figures": f"{release}/figures", "files": files}
