"""Takes down what every obligation of a period counts, as one statement; all figures are sums over these rows.

The same rules as the rollup's (ranham/compliance): the last revision up to the watermark counts, verification by the last
report event up to its own, and an obligation that was excused counts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.queries import PeriodInfo, full_label


@dataclass(frozen=True, slots=True)
class DataVersion:
    """Up to where the data of a period count."""

    watermark: int
    event_watermark: int
    excuses: int
    known_at: datetime


AS_CLOSED = """
SELECT w.watermark, w.event_watermark, w.excuses_seen AS excuses, w.computed_at AS known_at, w.final,
       (SELECT closed_at FROM period_state c WHERE c.period_id = :period) AS closed_at
FROM period p LEFT JOIN rollup w ON w.period_id = p.id WHERE p.id = :period
"""
NOW_KNOWN = """
SELECT coalesce((SELECT max(id) FROM submission WHERE period_id = :period), 0) AS watermark,
       coalesce((SELECT max(id) FROM report_event WHERE period_id = :period), 0) AS event_watermark,
       (SELECT count(*) FROM excuse WHERE period_id = :period AND approved_at IS NOT NULL) AS excuses
"""
# Shared with imports, exclusive for whoever counts: what is below the watermark is committed.
LOCK = "SELECT pg_advisory_xact_lock(7266, cast(:period AS int)), set_config('work_mem', '64MB', true)"

# A revision counts that has no successor below the watermark. Almost all of them are current, which an index knows.
TAKE = """
INSERT INTO release_fact (release_id, obligation_id, period_id, unit_id, action_id, submission_id, event_id, reported,
                          complete, achieved, verified, timeliness, score_bp, excluded)
SELECT :release, o.id, :period, o.unit_id, o.action_id, s.id, e.verified_by,
       s.id IS NOT NULL, coalesce(s.complete, false), coalesce(s.achieved, false), e.score_bp IS NOT NULL, s.timeliness,
       CASE WHEN e.score_bp IS NOT NULL THEN coalesce(n.score_bp, e.score_bp) END, x.kind
FROM obligation o
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.id <= :watermark
     AND (s.is_current OR EXISTS (SELECT FROM submission l WHERE l.obligation_id = s.obligation_id
          AND l.period_id = :period AND l.revision = s.revision + 1 AND l.id > :watermark))
LEFT JOIN (
    SELECT DISTINCT ON (h.obligation_id) h.obligation_id, h.score_bp,
           (SELECT max(v.id) FROM report_event v WHERE v.report_id = h.report_id AND v.event = 'verify' AND v.id <= h.id) AS verified_by
    FROM report_event h WHERE h.period_id = :period AND h.id <= :event_watermark
    ORDER BY h.obligation_id, h.id DESC) e ON e.obligation_id = o.id AND e.score_bp IS NOT NULL
LEFT JOIN unnest(cast(:rescored AS bigint[]), cast(:scores AS bigint[])) AS n(obligation_id, score_bp)
     ON n.obligation_id = o.id
LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at <= :known_at
WHERE o.plan_year_id = :plan_year
"""

UNITS = """
INSERT INTO release_unit (release_id, unit_id, code, name, type, level, parent_id, parent_code, office_key)
SELECT :release, r.id, v.code, coalesce(v.name, l.name), coalesce(v.type, l.type), r.level, v.parent_id, p.code, o.key
FROM reporting_unit r
LEFT JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN LATERAL (
    SELECT name, type FROM unit_version WHERE unit_id = r.id ORDER BY valid_from DESC LIMIT 1) l ON v.id IS NULL
LEFT JOIN unit_version p ON p.unit_id = v.parent_id AND p.valid_from <= :day AND (p.valid_to IS NULL OR p.valid_to > :day)
LEFT JOIN office_assignment a ON a.unit_id = CASE r.level WHEN 'province' THEN r.id WHEN 'regency' THEN v.parent_id END
     AND a.valid_from <= :day AND (a.valid_to IS NULL OR a.valid_to > :day)
LEFT JOIN verifying_office o ON o.id = a.office_id
WHERE v.id IS NOT NULL OR r.id IN (SELECT unit_id FROM release_fact WHERE release_id = :release)
"""

SIMULATED = """
SELECT EXISTS (SELECT FROM submission WHERE period_id = :period AND id <= :watermark AND simulated)
"""


def as_closed(session: Session, period: PeriodInfo) -> DataVersion:
    """The data of the last count before the close; refuses a period that is not closed."""
    row = session.execute(text(AS_CLOSED), {"period": period.id}).one()
    label = full_label(period)
    if row.watermark is None:
        raise Conflict(f"{label} has not been rolled up, so it has no figures; run: ranham rollup {period.label}")
    if row.closed_at is None or not row.final:
        raise Conflict(
            f"{label} is open: reports still come in, and its figures change; a release is made of a closed period "
            f"(ranham period close {period.label})"
        )
    return DataVersion(row.watermark, row.event_watermark, row.excuses, row.known_at)


def as_now_known(session: Session, period: PeriodInfo, *, now: datetime) -> DataVersion:
    """The data of this moment: also what was reopened, sent and verified since the close."""
    as_closed(session, period)
    session.execute(text(LOCK), {"period": period.id})
    row = session.execute(text(NOW_KNOWN), {"period": period.id}).one()
    return DataVersion(row.watermark, row.event_watermark, row.excuses, now)


def take(
    session: Session, release_id: int, period: PeriodInfo, data: DataVersion, *, scores: Mapping[int, int] | None = None
) -> None:
    """Write the facts of a period; `scores` are those of obligations whose marks are weighed otherwise."""
    again = scores or {}
    session.execute(text(LOCK), {"period": period.id})
    session.execute(
        text(TAKE),
        {
            "release": release_id,
            "period": period.id,
            "plan_year": period.plan_year_id,
            "watermark": data.watermark,
            "event_watermark": data.event_watermark,
            "known_at": data.known_at,
            "rescored": list(again),
            "scores": list(again.values()),
        },
    )


def take_units(session: Session, release_id: int, day: date) -> None:
    """Write names and places of the units as of a day: all that stand on it, and all that owe something."""
    first = session.scalar(text("SELECT min(valid_from) FROM unit_version"))
    if first is not None and day < first:
        raise NotFound(f"the territory is known from {first} on, not on {day}")
    session.execute(text(UNITS), {"release": release_id, "day": day})


def simulated(session: Session, period: PeriodInfo, data: DataVersion) -> bool:
    found = session.scalar(text(SIMULATED), {"period": period.id, "watermark": data.watermark})
    return bool(found)
