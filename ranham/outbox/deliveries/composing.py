"""Makes the contents of a claimed batch, once, and stores them before anything is sent; puts off what has to wait."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from ranham.outbox.deliveries.claiming import Batch, Claimed
from ranham.outbox.providers import Letter
from ranham.outbox.shapes import Asked, Attachment, Compose, Content, Due, Hold, Withdrawn
from ranham.outbox.states import Event, in_sql, sources

STILL_HELD = text("SELECT true FROM delivery_claim WHERE id = :claim FOR UPDATE")
WITH_CONTENT = text("SELECT delivery_id FROM delivery_content WHERE delivery_id = ANY(:ids)")
STORE = text("""
INSERT INTO delivery_content (delivery_id, composed_at, subject, text, html, unsubscribe)
VALUES (:id, :now, :subject, :text, :html, :unsubscribe) ON CONFLICT DO NOTHING
""")
ATTACH = text("""
INSERT INTO delivery_attachment (delivery_id, number, name, media_type, data)
VALUES (:id, :number, :name, :media_type, :data) ON CONFLICT DO NOTHING
""")
WITHDRAW = text(f"""
UPDATE delivery SET state = 'cancelled', state_at = :now, claim_id = NULL, because = :because
WHERE id = :id AND claim_id = :claim AND state IN {in_sql(sources(Event.WITHDRAW))}
""")
PUT_OFF = text(f"""
UPDATE delivery SET state = 'created', state_at = :now, claim_id = NULL, next_attempt_at = :until
WHERE id = :id AND claim_id = :claim AND state IN {in_sql(sources(Event.RELEASE))}
""")
CONTENTS = text("""
SELECT delivery_id, composed_at, subject, text, html, unsubscribe FROM delivery_content
WHERE delivery_id = ANY(:ids) AND purged_at IS NULL
""")
ATTACHMENTS = text("""
SELECT delivery_id, name, media_type, data FROM delivery_attachment WHERE delivery_id = ANY(:ids)
ORDER BY delivery_id, number
""")


class ClaimLost(Exception):  # noqa: N818 - reads as a sentence
    """The worker was silent too long; another has the batch."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Deliveries of a batch that are not sent now."""

    withdrawn: frozenset[int]
    held: frozenset[int]


def compose(session: Session, batch: Batch, asked: Asked, *, now: datetime) -> LeftOut:
    """Store what is to be sent; those that are withdrawn are cancelled, those that have to wait are put off."""
    if session.scalar(STILL_HELD, {"claim": batch.claim}) is None:
        raise ClaimLost
    held, withdrawn = _put_off(session, batch, asked.holds, now)
    ids = [row.due.id for row in batch.rows if row.due.id not in held and row.due.id not in withdrawn]
    have = set(session.scalars(WITH_CONTENT, {"ids": ids}))
    bare = [row.due for row in batch.rows if row.due.id in ids and row.due.id not in have]
    contents: dict[int, Content] = {}
    for kind, group in _by_kind(bare):
        for id_, made in _made(session, asked.composers[kind], group, now).items():
            if isinstance(made, Withdrawn):
                withdrawn[id_] = made.because
            elif _can_be_stored(made):
                contents[id_] = made
    _store(session, contents, now)
    if withdrawn:
        said = [{"id": id_, "claim": batch.claim, "now": now, "because": why} for id_, why in withdrawn.items()]
        session.execute(WITHDRAW, said)
    return LeftOut(frozenset(withdrawn), held)


def _put_off(
    session: Session, batch: Batch, holds: Mapping[str, Hold], now: datetime
) -> tuple[frozenset[int], dict[int, str]]:
    """Those that have to wait, and why others are not to be sent any more, which the caller writes."""
    until: dict[int, datetime | Withdrawn] = {}
    for kind, group in _by_kind(row.due for row in batch.rows):
        if kind in holds:
            until |= _until(session, holds[kind], group, now)
    withdrawn = {id_: found.because for id_, found in until.items() if isinstance(found, Withdrawn)}
    held = {id_: found for id_, found in until.items() if not isinstance(found, Withdrawn) and found > now}
    if held:
        said = [{"id": id_, "claim": batch.claim, "now": now, "until": at} for id_, at in held.items()]
        session.execute(PUT_OFF, said)
    return frozenset(held), withdrawn


def _until(session: Session, hold: Hold, due: Sequence[Due], now: datetime) -> Mapping[int, datetime | Withdrawn]:
    try:
        with session.begin_nested():
            return hold(session, due, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001 - a door, as in `_made`: better at the wrong time of day than never
        return {}


def _by_kind(due: Iterable[Due]) -> Iterator[tuple[str, list[Due]]]:
    for kind, group in groupby(sorted(due, key=lambda each: (each.kind, each.id)), key=lambda each: each.kind):
        yield kind, list(group)


def letters(session: Session, rows: Iterable[Claimed]) -> dict[int, Letter]:
    """By id; what was withdrawn, could not be made or was emptied is not there."""
    by_id = {row.due.id: row for row in rows}
    found = session.execute(CONTENTS, {"ids": list(by_id)}).all()
    attached: dict[int, list[Attachment]] = {}
    for id_, *fields in session.execute(ATTACHMENTS, {"ids": list(by_id)}):
        attached.setdefault(id_, []).append(Attachment(*fields))
    made = {}
    for id_, composed_at, subject, text_, html, unsubscribe in found:
        row = by_id[id_]
        content = Content(subject, text_, html, tuple(attached.get(id_, ())), unsubscribe)
        made[id_] = Letter(
            id=id_,
            key=row.key,
            message_id=row.due.message_id,
            channel=row.due.channel,
            address=row.due.address,
            name=row.due.name,
            language=row.due.language,
            content=content,
            composed_at=composed_at,
        )
    return made


def _made(session: Session, composer: Compose, due: Sequence[Due], now: datetime) -> dict[int, Content | Withdrawn]:
    """All at once; where that fails one by one, so that one that cannot be made does not hold up the others."""
    try:
        with session.begin_nested():
            made = composer(session, due, now)
    except (OperationalError, InterfaceError):
        raise  # the database went away: nobody's fault, and all are tried again
    except Exception:  # noqa: BLE001 - a door: the composer is another room's, and may fail in any way
        if len(due) == 1:
            return {}
        return {id_: each for one in due for id_, each in _made(session, composer, [one], now).items()}
    asked = {each.id for each in due}
    return {id_: each for id_, each in made.items() if id_ in asked}


def _store(session: Session, contents: Mapping[int, Content], now: datetime) -> None:
    texts = [
        {"id": id_, "now": now, "subject": c.subject, "text": c.text, "html": c.html, "unsubscribe": c.unsubscribe}
        for id_, c in contents.items()
    ]
    attached = [
        {"id": id_, "number": number, "name": a.name, "media_type": a.media_type, "data": a.data}
        for id_, content in contents.items()
        for number, a in enumerate(content.attachments)
    ]
    if texts:
        session.execute(STORE, texts)
    if attached:
        session.execute(ATTACH, attached)


def _can_be_stored(content: Content) -> bool:
    """PostgreSQL takes neither the sign zero nor half a character; one such message must not stop the others."""
    words = (content.subject, content.text, content.html or "", content.unsubscribe or "")
    whole = "".join((*words, *(each.name + each.media_type for each in content.attachments)))
    return "\0" not in whole and not any("\ud800" <= sign <= "\udfff" for sign in whole)
