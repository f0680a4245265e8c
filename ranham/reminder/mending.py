"""An address is right again: of what could not be sent to it, the reminders that still say something now."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.outbox.deliveries import mend, retry

# Of each unit and occasion only the latest rung, and only where no later one went: no flood of what is overtaken. What was
# written on another day may count days wrongly by now.
_TIMELY = """
SELECT DISTINCT ON (r.period_id, r.occasion, r.unit_id, r.office_id, r.recipient, r.unit_ids IS NULL)
       d.id, d.state, c.composed_at, d.expires_at, r.send_at
FROM reminder r JOIN delivery d ON d.id = r.delivery_id LEFT JOIN delivery_content c ON c.delivery_id = d.id
WHERE lower(d.address) = lower(:address) AND d.channel = coalesce(:channel, d.channel) AND r.decision = 'send'
ORDER BY r.period_id, r.occasion, r.unit_id, r.office_id, r.recipient, r.unit_ids IS NULL, r.due_at DESC, r.id DESC
"""
_AGAIN = f"""
SELECT id FROM ({_TIMELY}) latest
WHERE state = 'permanent_failure' AND (expires_at IS NULL OR expires_at > :now) AND send_at > :since
  AND (composed_at IS NULL OR (composed_at AT TIME ZONE 'Asia/Jakarta')::date = (cast(:now AS timestamptz) AT TIME ZONE 'Asia/Jakarta')::date)
ORDER BY id
"""


def mend_address(session: Session, address: str, *, now: datetime, channel: str | None = None) -> int:
    """Messages go there from now on; how many reminders are sent again. Whether they still hold is judged when they leave."""
    mend(session, address, channel=channel, now=now)
    key = {
        "address": address.strip(), "channel": channel, "now": now,
        "since": now - timedelta(days=settings().reminder_latest_days),
    }  # fmt: skip
    ids = list(session.scalars(text(_AGAIN), key))
    return retry(session, ids, now=now) if ids else 0
