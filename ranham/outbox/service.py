"""Puts a message into the outbox."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import aware

# Without a conflict target, because naming one would need the right to read other people's messages.
PUT = text("""
INSERT INTO outbox_message (created_at, topic, key, payload) VALUES (:now, :topic, :key, cast(:payload AS jsonb))
ON CONFLICT DO NOTHING
""")


def put(session: Session, *, topic: str, key: str, payload: Mapping[str, Any], now: datetime) -> bool:
    """Put a message in, once: False if one with this key is there already, whatever it says.

    It leaves only if the caller's transaction commits. The payload carries ids, and never a secret.
    """
    said = json.dumps(dict(payload), ensure_ascii=False)
    done = session.execute(PUT, {"now": aware(now), "topic": topic, "key": key, "payload": said})
    return cast("CursorResult[Any]", done).rowcount == 1
