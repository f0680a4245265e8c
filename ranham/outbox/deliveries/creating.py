"""Puts deliveries into the outbox: once per key, with the commit of what they tell of."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.clock import aware
from ranham.kernel.errors import BadInput, Finding
from ranham.outbox.shapes import NewDelivery

CREATE = text("""
INSERT INTO delivery (key, message_id, kind, ref, channel, address, name, language, created_at, not_before, expires_at,
                      state, state_at, attempts, next_attempt_at)
SELECT r.key, gen_random_uuid(), r.kind, r.ref, r.channel, r.address, r.name, r.language, :now, r.not_before,
       r.expires_at, 'created', :now, 0, r.not_before
FROM ROWS FROM (jsonb_to_recordset(cast(:rows AS jsonb))
                AS (key text, kind text, ref bigint, channel text, address text, name text, language text,
                    not_before timestamptz, expires_at timestamptz))
     WITH ORDINALITY AS r (key, kind, ref, channel, address, name, language, not_before, expires_at, place)
ORDER BY r.place
ON CONFLICT (key) DO NOTHING
RETURNING id
""")


def create(session: Session, rows: Sequence[NewDelivery], *, now: datetime) -> list[int]:
    """Ids of the deliveries that are new; one whose key is there already is left as it is, whatever it says."""
    if findings := [*_findings(rows)]:
        raise BadInput(findings)
    if not rows:
        return []
    said = json.dumps([_plain(row) for row in rows], ensure_ascii=False)
    return list(session.scalars(CREATE, {"now": aware(now), "rows": said}))


def _plain(row: NewDelivery) -> dict[str, object]:
    return {
        "key": row.key,
        "kind": row.kind,
        "ref": row.ref,
        "channel": row.channel,
        "address": row.address.strip(),
        "name": row.name,
        "language": row.language,
        "not_before": aware(row.not_before).isoformat(),
        "expires_at": aware(row.expires_at).isoformat() if row.expires_at else None,
    }


def _findings(rows: Iterable[NewDelivery]) -> Iterable[Finding]:
    for row in rows:
        where = f"delivery {row.key}"
        # A line break in an address or a name would be a header of its own.
        for field, value in (("address", row.address), ("name", row.name)):
            if any(ord(sign) < 32 or ord(sign) == 127 for sign in value.strip()):
                yield Finding(f"{where}, {field}", repr(value), "one line without control characters")
        if not row.address.strip():
            yield Finding(f"{where}, address", "nothing", "an address")
        if row.channel == "email" and row.address.strip().count("@") != 1:
            yield Finding(f"{where}, address", row.address, "an e-mail address with one @")
        if row.language not in ("id", "en"):
            yield Finding(f"{where}, language", row.language, "id or en")
