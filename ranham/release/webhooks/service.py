"""Adds and withdraws webhooks, and puts what they are told into the outbox, in the transaction of the thing itself."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.kernel.errors import BadInput, Conflict, NotFound
from ranham.outbox import deliveries
from ranham.outbox.deliveries import NewDelivery
from ranham.outbox.providers.webhook import WANTS_NO_MORE
from ranham.outbox.states import WAITING, in_sql
from ranham.release.webhooks.models import Webhook, WebhookNotice
from ranham.release.webhooks.rules import OF_RELEASES, USUAL, WebhookEvent, findings

KIND = "release_webhook"
"""Of the deliveries."""
CHANNEL = "webhook"
ENGINE = "engine"
GONE = "the receiver answered 410 Gone"

_ONE_OF_A_NAME = "SELECT pg_advisory_xact_lock(hashtextextended('release_webhook:' || :name, 0))"
_TELL = text("""
WITH told AS (
    INSERT INTO release_webhook_notice (webhook_id, release_id, event, occurred_at)
    SELECT w.id, cast(:release AS bigint), cast(:event AS text), cast(:now AS timestamptz) FROM release_webhook w
    WHERE w.withdrawn_at IS NULL AND w.events @> ARRAY[cast(:event AS text)] ORDER BY w.id
    ON CONFLICT DO NOTHING RETURNING id, webhook_id
)
SELECT t.id, w.name, w.url FROM told t JOIN release_webhook w ON w.id = t.webhook_id ORDER BY t.id
""")
_OF_WEBHOOK = f"delivery d JOIN release_webhook_notice n ON d.kind = '{KIND}' AND d.ref = n.id"
_GONE = text(f"""
SELECT w.id FROM release_webhook w WHERE w.withdrawn_at IS NULL AND EXISTS (
    SELECT FROM {_OF_WEBHOOK} JOIN delivery_attempt a ON a.delivery_id = d.id AND a.number = d.attempts
    WHERE n.webhook_id = w.id AND d.state = 'permanent_failure' AND a.outcome = 'refused' AND a.reply = :reply)
ORDER BY w.id FOR UPDATE SKIP LOCKED
""")
"""Told by its own last answer: another webhook may have had the address before, and been withdrawn."""
_IN_VAIN = text(f"""
SELECT d.id, w.name FROM {_OF_WEBHOOK} JOIN release_webhook w ON w.id = n.webhook_id
WHERE w.withdrawn_at IS NOT NULL AND d.channel = '{CHANNEL}' AND d.state IN {in_sql(WAITING)}
""")


def add(  # noqa: PLR0913 - what a webhook is
    session: Session,
    name: str,
    url: str,
    *,
    events: Sequence[WebhookEvent] = USUAL,
    description: str | None = None,
    plain: bool,
    by: str,
    now: datetime,
) -> Webhook:
    """A webhook that is told from now on; nothing of what happened before. `plain` as for `rules.findings`."""
    if wrong := list(findings(name, url, events, plain=plain)):
        raise BadInput(wrong)
    session.execute(text(_ONE_OF_A_NAME), {"name": name})
    if session.scalars(select(Webhook).where(Webhook.name == name, Webhook.withdrawn_at.is_(None))).first():
        raise Conflict(f"there is a webhook {name} already; withdraw it first, or take another name")
    said = (description or "").strip() or None
    wanted = [event.value for event in OF_RELEASES if event in events]
    made = Webhook(name=name, url=url, events=wanted, description=said, created_at=now, created_by=by)
    session.add(made)
    session.flush()
    _record(session, made, "webhook.added", by, {"events": wanted}, now=now)
    return made


def withdraw(session: Session, webhook_id: int, *, because: str, by: str, now: datetime) -> Webhook:
    """Nothing more is told; what waits is cancelled by `settle`."""
    found = session.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"no webhook {webhook_id}")
    if found.withdrawn_at is not None:
        raise Conflict(f"the webhook {found.name} was withdrawn already")
    found.withdrawn_at, found.withdrawn_by, found.withdrawn_because = now, by, because.strip() or "no reason given"
    session.flush()
    _record(session, found, "webhook.withdrawn", by, {"because": found.withdrawn_because}, now=now)
    return found


def tell(session: Session, release_id: int, topic: str, *, now: datetime) -> None:
    """Put what happened to a release into the outbox, for each webhook that wants it; once, however often it is told.

    Any topic may be given: what no webhook hears of changes nothing.
    """
    if topic in {event.value for event in OF_RELEASES}:
        rows = session.execute(_TELL, {"release": release_id, "event": topic, "now": now}).all()
        deliveries.create(session, [_delivery(*row, now=now) for row in rows], now=now)


def put_test(session: Session, webhook_id: int, *, by: str, now: datetime) -> int:
    """Put a message into the outbox that says nothing happened; the id of the delivery."""
    found = session.get(Webhook, webhook_id)
    if found is None:
        raise NotFound(f"no webhook {webhook_id}")
    if found.withdrawn_at is not None:
        raise Conflict(f"the webhook {found.name} was withdrawn")
    notice = WebhookNotice(webhook_id=found.id, event=WebhookEvent.TEST, occurred_at=now)
    session.add(notice)
    session.flush()
    [made] = deliveries.create(session, [_delivery(notice.id, found.name, found.url, now=now)], now=now)
    _record(session, found, "webhook.tested", by, {"delivery": made}, now=now)
    return made


def settle(session: Session, *, now: datetime) -> int:
    """Withdraw webhooks whose receiver is gone, and cancel what waits for withdrawn ones; how many were withdrawn.

    Between the rounds of `send_rounds`; what is in the hands of a worker at this moment still goes.
    """
    gone = [
        session.get_one(Webhook, id_, populate_existing=True)
        for id_ in session.scalars(_GONE, {"reply": WANTS_NO_MORE})
    ]
    for each in gone:
        each.withdrawn_at, each.withdrawn_by, each.withdrawn_because = now, ENGINE, GONE
    session.flush()
    waiting = session.execute(_IN_VAIN).tuples().all()
    deliveries.overtake(session, {id_: f"the withdrawal of the webhook {name}" for id_, name in waiting}, now=now)
    for each in gone:
        _record(session, each, "webhook.withdrawn", ENGINE, {"because": GONE}, now=now)
    return len(gone)


def _delivery(notice_id: int, name: str, url: str, *, now: datetime) -> NewDelivery:
    return NewDelivery(
        key=f"{KIND}:{notice_id}",
        kind=KIND,
        ref=notice_id,
        channel=CHANNEL,
        address=url,
        name=name,
        language="en",
        not_before=now,
        expires_at=None,
    )


def _record(session: Session, of: Webhook, kind: str, by: str, detail: dict[str, object], *, now: datetime) -> None:  # noqa: PLR0913 - an event
    audit.record(session, actor=by, kind=kind, subject="webhook", subject_id=of.id, detail=detail, now=now)
