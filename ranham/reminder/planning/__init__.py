"""Plans reminders: what is due and not in the ledger is written there, and what may be sent goes to the outbox.

Repeatable, and safe when run twice at once: the ledger has each row once, and a period is planned by one at a time.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import local_date
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import NewDelivery, create, overtake
from ranham.plan.queries import PeriodInfo
from ranham.reminder.days_off import calendar
from ranham.reminder.planning.assembly import Assembled, assemble
from ranham.reminder.planning.occasions import due_rows, ground
from ranham.reminder.planning.statements import WRITE

PLANNER = 7271
"""Advisory lock of whoever plans a period; taken before anything is read, and no other lock is taken with it."""
KIND = "reminder"
_LINK = """
UPDATE reminder r SET delivery_id = d.id
FROM unnest(cast(:ids AS bigint[])) AS made (id) JOIN delivery d ON d.key = :kind || ':' || made.id
WHERE r.id = made.id
"""
_OVERTAKEN = """
SELECT o.delivery_id, max(n.rung) FROM reminder n JOIN reminder o ON o.period_id = n.period_id AND o.occasion = n.occasion
     AND o.recipient = n.recipient AND coalesce(o.unit_id, 0) = coalesce(n.unit_id, 0)
     AND coalesce(o.office_id, 0) = coalesce(n.office_id, 0) AND (o.unit_ids IS NULL) = (n.unit_ids IS NULL)
     AND o.due_at < n.due_at AND o.delivery_id IS NOT NULL
WHERE n.id = ANY(:ids) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of the rungs that were due: rows of the ledger, by decision."""

    sent: int = 0
    overtaken: int = 0
    skipped: int = 0
    nobody: int = 0

    @property
    def rows(self) -> int:
        return self.sent + self.overtaken + self.skipped + self.nobody


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A row that planning would write."""

    period: str
    rung: str
    occasion: str
    unit_code: str | None
    unit_name: str | None
    """Of a digest whom it is addressed to."""
    recipient: str
    name: str | None
    address: str | None
    decision: str
    because: str | None
    due_at: datetime
    send_at: datetime
    units_listed: int | None


def plan(session: Session, period: PeriodInfo, *, now: datetime, latest: timedelta | None = None) -> Planned:
    """Write what is due into the ledger, and what is to be sent into the outbox; both leave with the caller's commit."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({PLANNER}, cast(:period AS int))"), {"period": period.id})
    found = _assembled(session, period, now=now, latest=latest)
    if found is None:
        return Planned()
    rows = session.execute(text(found.ctes + WRITE), found.key).all()
    _deliver(session, found, [row for row in rows if row.decision == "send"], now=now)
    tally = Counter(row.decision for row in rows)
    return Planned(tally["send"], tally["overtaken"], tally["skipped"], tally["nobody"])


def anything_due(session: Session, period: PeriodInfo, *, now: datetime, latest: timedelta | None = None) -> bool:
    """Whether planning would write anything; nothing is written."""
    found = _assembled(session, period, now=now, latest=latest)
    return found is not None and bool(session.scalar(text(found.ctes_of_question), found.key))


def preview(session: Session, period: PeriodInfo, *, now: datetime, latest: timedelta | None = None) -> list[Foreseen]:
    """What planning would write at an instant, with the reports of now; nothing stays written."""
    with session.begin_nested() as attempt:
        before = session.scalar(
            text("SELECT coalesce(max(id), 0) FROM reminder WHERE period_id = :p"), {"p": period.id}
        )
        plan(session, period, now=now, latest=latest)
        key = {"period": period.id, "before": before, "day": period.code_day(), "label": period.label}
        rows = [Foreseen(*row) for row in session.execute(text(_NEW), key)]
        attempt.rollback()
    return rows


_NEW = """
SELECT :label AS period, r.rung, r.occasion, v.code, coalesce(v.name, o.name, 'the ministry'), r.recipient, r.name, r.address, r.decision,
       r.because, r.due_at, r.send_at, cardinality(r.unit_ids)
FROM reminder r
LEFT JOIN unit_version v ON v.unit_id = r.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN verifying_office o ON o.id = r.office_id
WHERE r.period_id = :period AND r.id > :before ORDER BY r.due_at, r.rung, v.code, o.name, r.recipient
"""


def _assembled(session: Session, period: PeriodInfo, *, now: datetime, latest: timedelta | None) -> Assembled | None:
    if period.closes_on is None:
        return None
    latest = timedelta(days=settings().reminder_latest_days) if latest is None else latest
    found = ground(session, period, calendar(), now=now, latest=latest)
    rows = due_rows(session, found)
    return assemble(rows, found.key() | {"today": local_date(now)}) if rows else None


def _deliver(session: Session, found: Assembled, rows: list[Row[Any]], *, now: datetime) -> None:
    if not rows:
        return
    until: Mapping[tuple[str, str, datetime], datetime | None] = {
        (row["rung"], row["occasion"], row["deadline"]): row["expires_at"] for row in found.due
    }
    create(
        session,
        [
            NewDelivery(
                key=f"{KIND}:{row.id}",
                kind=KIND,
                ref=row.id,
                channel=row.channel,
                address=row.address,
                name=row.name,
                language=row.language,
                not_before=row.send_at,
                expires_at=until[row.rung, row.occasion, row.deadline],
            )
            for row in rows
        ],
        now=now,
    )
    ids = [row.id for row in rows]
    session.execute(text(_LINK), {"ids": ids, "kind": KIND})
    # Where nothing could leave for days, only the latest rung does so afterwards.
    overtake(session, dict(session.execute(text(_OVERTAKEN), {"ids": ids}).tuples().all()), now=now)
