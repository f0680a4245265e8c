"""A write under an Idempotency-Key happens once: its answer is stored with its effect, and given again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.api.kinds import KeyReused
from ranham.api.reply import Reply

KEPT = timedelta(days=7)

# A second request with the same key waits here until the first has committed or is gone. What is older than a week is
# as if it were not there; the person's other old ones go with the next new one.
_BEGIN = """
WITH old AS (DELETE FROM idempotent_request WHERE person_id = :person AND created_at < :before AND key <> :key)
INSERT INTO idempotent_request AS kept (person_id, key, about, body_sha256, created_at)
VALUES (:person, :key, :about, :sha256, :now)
ON CONFLICT (person_id, key) DO UPDATE SET about = excluded.about, body_sha256 = excluded.body_sha256,
    created_at = excluded.created_at, status = NULL, headers = NULL, response = NULL WHERE kept.created_at < :before
RETURNING id
"""
_STORED = """
SELECT about, body_sha256, status, headers, response FROM idempotent_request WHERE person_id = :person AND key = :key
"""
_KEEP = """
UPDATE idempotent_request SET status = :status, headers = cast(:headers AS jsonb), response = :response WHERE id = :id
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What a request with a key is."""

    key: str
    about: str
    body_sha256: str


def begin(session: Session, person_id: int, key: Key, *, now: datetime) -> int | Reply:
    """The id under which the answer is to be kept, or the answer of then; `KeyReused` for another request."""
    values = {
        "person": person_id,
        "key": key.key,
        "about": key.about,
        "sha256": key.body_sha256,
        "now": now,
        "before": now - KEPT,
    }
    begun = session.scalar(text(_BEGIN), values)
    if begun is not None:
        return int(begun)
    return _again(session.execute(text(_STORED), values).one(), key)


def keep(session: Session, begun: int, reply: Reply) -> None:
    values = {
        "id": begun,
        "status": reply.status,
        "headers": json.dumps(dict(reply.headers)),
        "response": reply.body,
    }
    session.execute(text(_KEEP), values)


def _again(stored: Row[Any], key: Key) -> Reply:
    if stored.about != key.about:
        raise KeyReused(f"the key was used for {stored.about}; a new request needs a new key")
    if stored.body_sha256 != key.body_sha256:
        raise KeyReused("the key was used with another body; a new request needs a new key")
    return Reply(stored.status, stored.response, stored.headers | {"Idempotent-Replayed": "true"})
