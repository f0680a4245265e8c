"""Adds, ends and corrects contacts. Every call says who did it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit.service import record
from ranham.kernel.clock import local_date
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound
from ranham.reminder.models import Contact, Function
from ranham.territory import queries as territory

_DROP = """
UPDATE contact SET valid_to = valid_from
WHERE replaces = :id AND confirmed_at IS NULL AND (valid_to IS NULL OR valid_to > valid_from)
"""
OF_UNIT = (Function.OPERATOR, Function.HEAD_OF_OFFICE, Function.LEGAL_BUREAU)


@dataclass(frozen=True, slots=True)
class NewContact:
    function: str
    name: str
    channel: str
    address: str
    valid_from: date
    unit_code: str | None = None
    """Kemendagri code (or that of a K/L) on `valid_from`."""
    office: str | None = None
    """Key of the Kanwil."""
    language: str = "id"
    courtesy: bool = False
    """Copies only: does not stand for the office."""


def add(session: Session, new: NewContact, *, by: str, now: datetime) -> int:
    """Add a contact; returns the id. Refused with every finding."""
    made = prepare(session, new, by=by, now=now, where="contact")
    session.add(made)
    session.flush()
    _say(session, made, "contact.added", by=by, now=now)
    return made.id


def end(session: Session, contact_id: int, *, on: date, by: str, now: datetime) -> Contact:
    """Nothing more is sent to the contact from a day on. Set once."""
    contact = _held(session, contact_id)
    if contact.valid_to is not None:
        raise Conflict(f"contact {contact_id} has ended on {contact.valid_to}")
    contact.valid_to = max(on, contact.valid_from)
    session.flush()
    drop_proposed(session, contact_id)
    _say(session, contact, "contact.ended", by=by, now=now)
    return contact


def correct(  # noqa: PLR0913 - what may be wrong about a contact
    session: Session,
    contact_id: int,
    *,
    by: str,
    now: datetime,
    name: str | None = None,
    channel: str | None = None,
    address: str | None = None,
    language: str | None = None,
) -> int:
    """End the contact today and add it again as it is right; returns the new id. What was sent stays with the old one."""
    today = local_date(now)
    before = _held(session, contact_id)
    if before.valid_to is not None and before.valid_to <= today:
        raise Conflict(f"contact {contact_id} ended on {before.valid_to}; add a new one")
    made = Contact(
        unit_id=before.unit_id,
        office_id=before.office_id,
        function=before.function,
        name=(name or before.name).strip(),
        channel=channel or before.channel,
        address=(address or before.address).strip(),
        language=language or before.language,
        courtesy=before.courtesy,
        valid_from=max(today, before.valid_from),
        valid_to=before.valid_to,
        added_by=by,
        added_at=now,
    )
    if findings := list(_sayable(made, "contact")):
        raise BadInput(findings)
    before.valid_to = made.valid_from
    session.add(made)
    session.flush()
    drop_proposed(session, contact_id)
    _say(session, made, "contact.corrected", by=by, now=now)
    return made.id


def propose(  # noqa: PLR0913 - who corrects what, and to what
    session: Session, contact_id: int, *, by: str, now: datetime, address: str, name: str | None = None
) -> int:
    """Another address beside the contact, which stays in force until `confirmed`; the id of the new row."""
    before = _held(session, contact_id)
    drop_proposed(session, contact_id)
    made = Contact(
        unit_id=before.unit_id, office_id=before.office_id, function=before.function, name=(name or before.name).strip(),
        channel=before.channel, address=address, language=before.language, courtesy=before.courtesy,
        valid_from=max(local_date(now), before.valid_from), valid_to=before.valid_to, added_by=by, added_at=now,
        replaces=contact_id,
    )  # fmt: skip
    if findings := list(_sayable(made, "contact")):
        raise BadInput(findings)
    session.add(made)
    session.flush()
    _say(session, made, "contact.proposed", by=by, now=now)
    return made.id


def confirmed(session: Session, contact_id: int, *, by: str, now: datetime) -> None:
    """Somebody reads there: it takes the place of what it replaces, and what was proposed in its own place is dropped."""
    contact = _held(session, contact_id)
    first, contact.confirmed_at = contact.confirmed_at is None, now
    drop_proposed(session, contact_id)
    if first and contact.replaces is not None:
        before = _held(session, contact.replaces)
        contact.valid_from = max(local_date(now), contact.valid_from)
        before.valid_to = max(contact.valid_from, before.valid_from)
        _say(session, before, "contact.ended", by=by, now=now)
    session.flush()


def drop_proposed(session: Session, contact_id: int) -> None:
    """What was to replace the contact and nobody has confirmed never comes into force."""
    session.execute(text(_DROP), {"id": contact_id})


def prepare(session: Session, new: NewContact, *, by: str, now: datetime, where: str) -> Contact:
    """The contact, checked and not yet written; `where` names the place of what is wrong."""
    findings = [*_place_findings(new, where)]
    unit_id = office_id = None
    try:
        unit_id = territory.by_code(session, new.unit_code, new.valid_from).unit_id if new.unit_code else None
        office_id = territory.office_by_key(session, new.office) if new.office else None
    except NotFound as unknown:
        column = "office" if new.unit_code is None else "unit_code"
        findings.append(Finding(f"{where}, {column}", new.office or new.unit_code or "", str(unknown)))
    if findings:
        raise BadInput([*findings, *_sayable(_made(new, None, None, by=by, now=now), where)])
    made = _made(new, unit_id, office_id, by=by, now=now)
    if findings := list(_sayable(made, where)):
        raise BadInput(findings)
    return made


def _made(new: NewContact, unit_id: int | None, office_id: int | None, *, by: str, now: datetime) -> Contact:
    known = new.function in set(Function)
    plain = replace(new, name=new.name.strip(), address=new.address.strip())
    return Contact(
        unit_id=unit_id,
        office_id=office_id,
        function=Function(new.function) if known else None,
        name=plain.name,
        channel=plain.channel.strip().lower(),
        address=plain.address,
        language=plain.language,
        courtesy=plain.courtesy,
        valid_from=plain.valid_from,
        added_by=by,
        added_at=now,
    )


def _place_findings(new: NewContact, where: str) -> Iterator[Finding]:
    if new.function not in set(Function):
        yield Finding(f"{where}, function", new.function or "nothing", f"one of {', '.join(Function)}")
        return
    function = Function(new.function)
    if (function in OF_UNIT) is not bool(new.unit_code):
        expected = "a unit code" if function in OF_UNIT else f"no unit code for {function}"
        yield Finding(f"{where}, unit_code", new.unit_code or "nothing", expected)
    if function is Function.REGIONAL_OFFICE and not new.office:
        yield Finding(f"{where}, office", "nothing", "the key of a Kanwil")
    if new.office and function not in (Function.REGIONAL_OFFICE, Function.VERIFIER):
        yield Finding(f"{where}, office", new.office, f"no office for {function}")


def _sayable(contact: Contact, where: str) -> Iterator[Finding]:
    for column, value in (("name", contact.name), ("address", contact.address), ("channel", contact.channel)):
        if not value or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
            yield Finding(f"{where}, {column}", repr(value) if value else "nothing", "one line of text")
    mailbox, _, host = contact.address.partition("@")
    if contact.channel == "email" and contact.address and not (mailbox and "." in host and "@" not in host):
        yield Finding(f"{where}, address", contact.address, "an e-mail address such as nama@banten.go.id")
    if contact.language not in ("id", "en"):
        yield Finding(f"{where}, language", contact.language or "nothing", "id or en")


def _held(session: Session, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFound(f"no contact with id {contact_id}")
    return contact


def _say(session: Session, contact: Contact, kind: str, *, by: str, now: datetime) -> None:
    detail = {"function": contact.function.value, "unit_id": contact.unit_id, "office_id": contact.office_id}
    record(session, actor=by, kind=kind, subject="contact", subject_id=contact.id, detail=detail, now=now)
