"""How many reminders of a period arrived, of those that were to be sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.outbox.states import State, in_sql
from ranham.plan.queries import PeriodInfo

ARRIVED = frozenset({State.DELIVERED_TO_PROVIDER, State.DELIVERED})
"""Somebody who takes care of it has it; most of them never say more, so the word of the recipient's own server is counted
apart as well."""
WAITING = frozenset({State.CREATED, State.SENDING, State.TEMPORARY_FAILURE, State.PENDING})
"""On the way, or still to go."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Messages, copies too. All but `arrived` and `confirmed` say why the others did not arrive; with `arrived` they are all
    that were decided."""

    decided: int
    """Rows of the ledger that were to be sent: not what was overtaken or skipped before, or had nobody to write to."""
    arrived: int
    confirmed: int
    """Of these: a server or gateway says that it arrived."""
    waiting: int
    bounced: int
    """The address does not take it, or failed before."""
    failed: int
    """Ours: nobody took it for us, or it was given up."""
    unknown: int
    """It may have arrived and may not, or the outbox no longer knows it."""
    withdrawn: int
    """No longer asked for when it was its turn: reported meanwhile, overtaken, expired, cancelled by a person."""


_COUNTS = text(f"""
SELECT count(*), count(*) FILTER (WHERE d.state IN {in_sql(ARRIVED)}),
       count(*) FILTER (WHERE d.state = '{State.DELIVERED}'), count(*) FILTER (WHERE d.state IN {in_sql(WAITING)}),
       count(*) FILTER (WHERE d.state = '{State.PERMANENT_FAILURE}'),
       count(*) FILTER (WHERE d.state = '{State.TECHNICAL_FAILURE}'),
       count(*) FILTER (WHERE d.state = '{State.UNKNOWN}' OR d.id IS NULL),
       count(*) FILTER (WHERE d.state = '{State.CANCELLED}')
FROM reminder r LEFT JOIN delivery d ON d.id = r.delivery_id
WHERE r.period_id = :period AND r.decision = 'send' AND r.planned_at <= :as_of
""")


def arrived(session: Session, period: PeriodInfo, *, as_of: datetime) -> Arrived:
    """Of what was planned until then; each message as it stands now."""
    return Arrived(*session.execute(_COUNTS, {"period": period.id, "as_of": as_of}).one())
