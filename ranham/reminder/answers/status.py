"""How far each rung came: rows of the ledger by decision, and what became of the messages."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.policy import ladder_of
from ranham.plan.queries import PeriodInfo


@dataclass(frozen=True, slots=True)
class StatusRow:
    rung: str
    due: int
    """Rows of the ledger."""
    sent: int
    """Messages that were given to the outbox."""
    overtaken: int
    skipped: int
    nobody: int
    waiting: int
    """Not tried yet, or to be tried again."""
    with_provider: int
    delivered: int
    failed: int
    unknown: int
    cancelled: int


_ROWS = """
SELECT r.rung, count(*), count(*) FILTER (WHERE r.decision = 'send'), count(*) FILTER (WHERE r.decision = 'overtaken'),
       count(*) FILTER (WHERE r.decision = 'skipped'), count(*) FILTER (WHERE r.decision = 'nobody'),
       count(*) FILTER (WHERE d.state IN ('created', 'sending', 'temporary_failure')),
       count(*) FILTER (WHERE d.state IN ('delivered_to_provider', 'pending')),
       count(*) FILTER (WHERE d.state = 'delivered'),
       count(*) FILTER (WHERE d.state IN ('permanent_failure', 'technical_failure')),
       count(*) FILTER (WHERE d.state = 'unknown'), count(*) FILTER (WHERE d.state = 'cancelled')
FROM reminder r LEFT JOIN delivery d ON d.id = r.delivery_id WHERE r.period_id = :period GROUP BY r.rung
"""


def status(session: Session, period: PeriodInfo) -> list[StatusRow]:
    """Every rung of the period in the order of the ladder, and rungs that an older version had."""
    found = {row[0]: StatusRow(*row) for row in session.execute(text(_ROWS), {"period": period.id})}
    rungs = [rung.code for rung in ladder_of(session, period).of_period(period.code)]
    return [found.get(code) or StatusRow(code, *[0] * 11) for code in dict.fromkeys([*rungs, *sorted(found)])]
