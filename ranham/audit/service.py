"""The one way an event is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit.rules import canonical
from ranham.kernel.clock import aware


def record(  # noqa: PLR0913 - the five things that an event says
    session: Session,
    *,
    actor: str,
    kind: str,
    subject: str,
    subject_id: int,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Append an event to the chain, in the caller's transaction: both are kept or neither.

    Call it as the LAST write of a transaction. From here to the commit this transaction holds the chain and every
    other one that records waits, so nothing slow and no lock on a row may come after it.

    `actor` is `person:12` for somebody signed in (`Principal.actor`), a plain name for the command line and `engine`
    for a flow; the application's role can write only events of the person who is signed in.
    Never put a secret into `detail`, nor a name or an address where an id will do: events cannot be taken back.
    """
    # What the session still holds back is written before the chain is taken, not after.
    session.flush()
    payload = payload_of(actor=actor, kind=kind, subject=subject, subject_id=subject_id, detail=detail, now=now)
    session.execute(text("INSERT INTO audit_event (payload) VALUES (:payload)"), {"payload": payload})


def payload_of(  # noqa: PLR0913 - the five things that an event says
    *, actor: str, kind: str, subject: str, subject_id: int, detail: Mapping[str, Any], now: datetime
) -> str:
    """What `record` writes, for whoever writes it with a statement of their own, last as well."""
    said = {
        "at": aware(now),
        "actor": actor,
        "kind": kind,
        "subject": subject,
        "subject_id": subject_id,
        "detail": detail,
    }
    return canonical(said)
