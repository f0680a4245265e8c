"""Digests: what an office was told about its units."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo


@dataclass(frozen=True, slots=True)
class DigestRow:
    rung: str
    occasion: str
    unit_code: str | None
    """The province whose legal bureau gets it."""
    office: str | None
    """Key of the Kanwil. Without a province and a Kanwil: the ministry."""
    name: str | None
    recipient: str
    address: str | None
    send_at: datetime
    decision: str
    because: str | None
    units: list[str]
    """Codes of the units that it listed when it was planned."""
    delivery: str | None


_ROWS = """
SELECT r.rung, r.occasion, v.code, o.key, r.name, r.recipient, r.address, r.send_at, r.decision,
       coalesce(d.because, r.because),
       ARRAY(SELECT u.code FROM unit_version u WHERE u.unit_id = ANY(r.unit_ids) AND u.valid_from <= :day
             AND (u.valid_to IS NULL OR u.valid_to > :day) ORDER BY u.code),
       d.state
FROM reminder r LEFT JOIN delivery d ON d.id = r.delivery_id
LEFT JOIN unit_version v ON v.unit_id = r.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN verifying_office o ON o.id = r.office_id
WHERE r.period_id = :period AND r.unit_ids IS NOT NULL ORDER BY r.send_at, r.id
"""


def digests(session: Session, period: PeriodInfo) -> list[DigestRow]:
    """Every digest of a period that the session may see, in the order of their times."""
    key = {"period": period.id, "day": period.code_day()}
    return [DigestRow(*row) for row in session.execute(text(_ROWS), key)]
