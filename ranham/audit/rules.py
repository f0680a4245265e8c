"""What an event says, in one spelling only, and how it hangs on the one before it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

FIRST_PREVIOUS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it is stored."""

    id: int
    at: datetime
    actor: str
    kind: str
    subject: str
    subject_id: int
    payload: str
    previous_hash: str
    hash: str


def canonical(document: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no spaces and no escapes that are not needed: the same content is the same text.

    Characters that the database cannot keep (NUL, halves of a surrogate pair) become U+FFFD: an event with an odd
    text in it is still recorded.
    """
    return json.dumps(
        _storable(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )


def chained(previous_hash: str, payload: str) -> str:
    return hashlib.sha256((previous_hash + payload).encode()).hexdigest()


def fault(event: Event, *, number: int, previous_hash: str) -> str | None:
    """Why an event does not follow the one before it, or None if it does. `number` is the place it should have."""
    # Numbers are cut at 20 digits when read: a longer one in the detail is no fault, and Python refuses very long ones.
    if event.id != number:
        return f"event {number} is missing; the next one found is {event.id}"
    if event.previous_hash != previous_hash:
        return "it does not carry the hash of the event before it"
    if event.hash != chained(previous_hash, event.payload):
        return "its hash is not that of its content"
    try:
        said = json.loads(event.payload, parse_int=lambda digits: int(digits[:20]))
        beside = [said["actor"], said["kind"], said["subject"], said["subject_id"], datetime.fromisoformat(said["at"])]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "its payload cannot be read"
    if beside != [event.actor, event.kind, event.subject, event.subject_id, event.at]:
        return "its columns differ from its payload"
    return None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"an event cannot carry a {type(value).__name__}; write it as text or number")
