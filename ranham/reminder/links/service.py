"""What a recipient does about their address, by a link: confirm it, correct it, or end copies."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access.rules import email_findings, normal_email
from ranham.audit.service import record
from ranham.kernel.clock import local_date
from ranham.kernel.errors import BadInput, Conflict, Finding
from ranham.outbox.deliveries import NewDelivery, create
from ranham.reminder import contacts
from ranham.reminder.links.models import Outcome, Purpose
from ranham.reminder.links.queries import LinkedContact, find_link

CONFIRMATION = "contact_confirmation"
"""Kind of the message that asks for a new address to be confirmed."""
CORRECTION = "contact_correction"
"""Kind of the message that tells the old address of it."""
_USE = "UPDATE contact_link SET used_at = :now, outcome = :outcome WHERE id = :id"
_UNSUBSCRIBE = "UPDATE contact SET unsubscribed_at = :now WHERE id = :id AND unsubscribed_at IS NULL"
_OTHER_ADDRESS = re.compile(r"\+?[0-9][0-9 -]{5,24}|@[A-Za-z0-9_]{3,40}")


@dataclass(frozen=True, slots=True)
class Correction:
    address: str
    name: str | None = None
    """None: as before."""


def confirm(session: Session, token: str, *, now: datetime) -> LinkedContact:
    """The address is right. Once."""
    linked = _begin(session, token, Purpose.CONTACT, now=now)
    if linked.contact_id is not None:
        contacts.confirmed(session, linked.contact_id, by=linked.recipient, now=now)
    _end(session, linked, Outcome.CONFIRMED, now=now)
    return find_link(session, token, now=now)


def correct(session: Session, token: str, correction: Correction, *, now: datetime) -> int:
    """Another address is proposed; it takes over once somebody who reads there confirms it. Its id.

    A message to the new address asks for that, and one to the old address tells of it: a link that was passed on must
    not move an office's deadlines away unseen, nor a slip of the pen. Where only the name changes, it changes at once.
    """
    linked = _begin(session, token, Purpose.CONTACT, now=now)
    if linked.contact_id is None:
        raise Conflict(
            "this is the address of an account: whoever administers accounts changes it, with the e-mail of the person"
        )
    address = _checked(linked.channel, correction.address)
    if address == linked.address and correction.name in (None, linked.name):
        raise Conflict("that is the address we have; confirm it instead")
    if address == linked.address:
        made = contacts.correct(session, linked.contact_id, by=linked.recipient, now=now, name=correction.name)
    else:
        made = contacts.propose(
            session, linked.contact_id, by=linked.recipient, now=now, name=correction.name, address=address
        )
        asking = _message(CONFIRMATION, made, linked, Correction(address, correction.name), now=now)
        telling = _message(CORRECTION, made, linked, Correction(linked.address), now=now)
        create(session, [asking, telling], now=now)
    _end(session, linked, Outcome.CORRECTED, now=now, detail={"contact": made})
    return made


def _message(kind: str, ref: int, linked: LinkedContact, to: Correction, *, now: datetime) -> NewDelivery:
    return NewDelivery(
        key=f"{kind}:{ref}", kind=kind, ref=ref, channel=linked.channel, address=to.address, name=to.name or linked.name,
        language=linked.language, not_before=now, expires_at=None,
    )  # fmt: skip


def unsubscribe(session: Session, token: str, *, now: datetime) -> LinkedContact:
    """End copies; again changes nothing, as mail programs may ask twice (RFC 8058)."""
    linked = find_link(session, token, now=now, lock=True)
    if linked.contact_id is None or not linked.courtesy:
        raise Conflict(
            "this address receives the deadlines of an office, which has a duty to report: it cannot unsubscribe; "
            "correct the address if somebody else is to receive them"
        )
    if linked.outcome is Outcome.UNSUBSCRIBED or linked.unsubscribed_at is not None:
        return linked
    _refuse_used(linked)
    session.execute(text(_UNSUBSCRIBE), {"now": now, "id": linked.contact_id})
    _end(session, linked, Outcome.UNSUBSCRIBED, now=now)
    return find_link(session, token, now=now)


def _begin(session: Session, token: str, purpose: Purpose, *, now: datetime) -> LinkedContact:
    linked = find_link(session, token, now=now, lock=True)
    if linked.purpose is not purpose:
        raise Conflict("this link only ends copies; the other link in the message confirms or corrects the address")
    _refuse_used(linked)
    if linked.ended_on is not None and linked.ended_on <= local_date(now):
        raise Conflict(f"this contact ended on {linked.ended_on}; nothing is sent to it any more")
    return linked


def _refuse_used(linked: LinkedContact) -> None:
    if linked.outcome is not None:
        raise Conflict(f"this link was used already ({linked.outcome}); the next message brings another")


def _end(
    session: Session, linked: LinkedContact, outcome: Outcome, *, now: datetime, detail: dict[str, int] | None = None
) -> None:
    session.execute(text(_USE), {"now": now, "outcome": outcome.value, "id": linked.link_id})
    record(
        session, actor=linked.recipient, kind=f"contact_link.{outcome.value}", subject="contact_link",
        subject_id=linked.link_id, detail=detail or {}, now=now,
    )  # fmt: skip


def _checked(channel: str, address: str) -> str:
    if channel == "email":
        found = email_findings(address.strip())
        if found:
            raise BadInput(found)
        return normal_email(address)
    if not _OTHER_ADDRESS.fullmatch(address.strip()):
        raise BadInput([Finding("address", repr(address[:80]), "a number such as +62 812 3456 789, or @name")])
    return address.strip()
