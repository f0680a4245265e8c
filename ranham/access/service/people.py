"""Adds people, and takes from them what they may do."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ranham.access import rules
from ranham.access.models import Person
from ranham.access.service.tokens import revoke_tokens
from ranham.audit.service import record
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound


def add_person(  # noqa: PLR0913 - what is known of a person
    session: Session,
    *,
    name: str,
    email: str,
    by: str,
    now: datetime,
    oidc_issuer: str | None = None,
    oidc_subject: str | None = None,
) -> int:
    """Add a person, who may do nothing yet; returns the id. One address is one person, whatever its spelling."""
    email = rules.normal_email(email)
    findings = rules.email_findings(email)
    if not name.strip():
        findings.append(Finding("name", "nothing", "the person's name"))
    if (oidc_issuer is None) != (oidc_subject is None):
        findings.append(Finding("OpenID Connect", "one of issuer and subject", "both or none"))
    if findings:
        raise BadInput(findings)
    if session.scalar(select(Person.id).where(Person.email == email)) is not None:
        raise Conflict(f"{email} is the address of a person already")
    person = Person(name=name.strip(), email=email, oidc_issuer=oidc_issuer, oidc_subject=oidc_subject, created_at=now)
    session.add(person)
    session.flush()
    record(session, actor=by, kind="person.added", subject="person", subject_id=person.id, detail={}, now=now)
    return person.id


def disable_person(session: Session, person_id: int, *, by: str, now: datetime) -> bool:
    """From now on the person may do nothing and all tokens are revoked; False if that was so before.

    Roles stay, so that they can be handed over.
    """
    person = locked_person(session, person_id)
    if person.disabled_at is not None:
        return False
    person.disabled_at = now
    revoked = revoke_tokens(session, person_id, now=now)
    record(
        session,
        actor=by,
        kind="person.disabled",
        subject="person",
        subject_id=person_id,
        detail={"tokens_revoked": revoked},
        now=now,
    )
    return True


def enable_person(session: Session, person_id: int, *, by: str, now: datetime) -> bool:
    """Takes a disabling back; tokens stay revoked. False if the person was not disabled."""
    person = locked_person(session, person_id)
    if person.disabled_at is None:
        return False
    person.disabled_at = None
    record(session, actor=by, kind="person.enabled", subject="person", subject_id=person_id, detail={}, now=now)
    return True


def locked_person(session: Session, person_id: int) -> Person:
    """The person, held until the transaction ends: what is decided about one person is decided one after another."""
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound(f"no person with id {person_id}")
    return person
