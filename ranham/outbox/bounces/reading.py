"""Reads delivery status notifications (RFC 3464) and complaints in the abuse reporting format (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

from ranham.outbox.providers import reply_of
from ranham.outbox.states import Report

ACTIONS = {"failed": Report.FAILED, "delayed": Report.DELAYED, "delivered": Report.DELIVERED}
"""`relayed` and `expanded` say that it went on to servers that tell no more: no news."""
COMPLAINTS = {"abuse", "fraud", "virus", "other"}
IDENTITY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    status: Report
    message_id: str | None
    """Our UUID; None where the report names no message at all."""
    foreign: bool
    """It names a message, and that is none of ours."""
    address: str | None
    reply: str


def read(data: bytes) -> list[Told]:
    """What a message tells of deliveries; nothing where it is another kind of message."""
    message = message_from_bytes(data)
    if message.get_content_type() != "multipart/report":
        return []
    match str(message.get_param("report-type") or "").lower():
        case "delivery-status":
            return [*_statuses(message)]
        case "feedback-report":
            return [*_complaints(message)]
    return []


def _statuses(message: Message) -> Iterator[Told]:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = [block for block in part.get_payload() if isinstance(block, Message)]
        named = [_text(blocks[0], "Original-Envelope-Id") if blocks else "", *_message_ids(message)]
        for block in blocks:
            status = ACTIONS.get(_text(block, "Action").lower())
            if status is not None:
                said = f"{_text(block, 'Status')} {_value(block, 'Diagnostic-Code')}"
                recipient = _value(block, "Original-Recipient") or _value(block, "Final-Recipient")
                yield _told(status, named, recipient, said)


def _complaints(message: Message) -> Iterator[Told]:
    for part in message.walk():
        if part.get_content_type() != "message/feedback-report":
            continue
        inner = part.get_payload()
        fields = inner[0] if isinstance(inner, list) and inner else message_from_string(str(inner))
        if isinstance(fields, Message) and _text(fields, "Feedback-Type").lower() in COMPLAINTS:
            kind = f"complaint: {_text(fields, 'Feedback-Type')}"
            yield _told(Report.COMPLAINT, [*_message_ids(message)], _text(fields, "Original-Rcpt-To"), kind)


def _told(status: Report, named: list[str], address: str, reply: str) -> Told:
    ours = next((found.group().lower() for name in named if (found := IDENTITY.search(name))), None)
    foreign = ours is None and any(named)
    return Told(status, ours, foreign, address.strip("<> ") or None, reply_of(reply))


def _message_ids(message: Message) -> Iterator[str]:
    """Of the message that came back, whole or only its headers."""
    for part in message.walk():
        kind, inner = part.get_content_type(), part.get_payload()
        if kind == "message/rfc822" and isinstance(inner, list) and inner and isinstance(inner[0], Message):
            yield _text(inner[0], "Message-ID")
        elif kind == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                yield _text(message_from_bytes(raw), "Message-ID")


def _text(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _value(message: Message, name: str) -> str:
    """What stands behind the type, as in `rfc822; operator@example.go.id`."""
    return _text(message, name).partition(";")[2].strip()
