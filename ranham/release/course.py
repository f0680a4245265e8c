"""The course of a release from the close of its period to the annual report: what it waits for, and each step of it.

The year's release goes with the period that ends the year: once that is published, the year is made and proposed too.
Whoever signs off is a person; everything else the engine does by itself, and each step may be repeated.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.plan.queries import PeriodInfo
from ranham.release import service
from ranham.release.companions import companions_of, documents_tag
from ranham.release.following import PERIOD, YEAR, Course, Standing, follow
from ranham.release.kept import tag
from ranham.release.models import OutputKind
from ranham.release.signing import Key
from ranham.release.states import ReleaseState
from ranham.release.subject import Subject, get_year
from ranham.release.suppression import policy_in_force

ENGINE = "engine"
"""Who proposes; so whoever signs off is another."""

_ROWS = """
SELECT r.number, r.kind, r.state, coalesce(r.signed_off_at, r.proposed_at, r.made_at) AS moved_at, r.published_at,
       ARRAY(SELECT g.kind || ' ' || g.content_tag FROM release_filing g WHERE g.release_id = r.id) AS written,
       r.content_hash, r.rules,
       r.kind = 'year' AND r.state = 'published' AND EXISTS (
           SELECT FROM release p WHERE p.kind = 'period' AND NOT p.sandbox AND p.plan_year_id = r.plan_year_id
                  AND p.state = 'published' AND p.published_at > r.made_at)
       OR r.kind = 'period' AND r.state = 'published' AND (
           EXISTS (SELECT FROM submission s WHERE s.period_id = r.period_id AND s.id > r.watermark)
           OR EXISTS (SELECT FROM report_event e WHERE e.period_id = r.period_id AND e.id > r.event_watermark
                      AND e.event IN ('verify', 'reopen'))
           OR r.excuses <> (SELECT count(*) FROM excuse x WHERE x.period_id = r.period_id AND x.approved_at IS NOT NULL)
       ) AS news
FROM release r WHERE NOT r.sandbox AND (r.period_id = :period OR (:ends_year AND r.kind = 'year' AND r.plan_year_id = :year))
ORDER BY r.kind, r.version
"""
_ENDS_YEAR = """
SELECT NOT EXISTS (SELECT FROM period q WHERE q.plan_year_id = p.plan_year_id AND q.code > p.code) AS last,
       s.closed_at,
       (SELECT bool_and(x.closed_at IS NOT NULL AND EXISTS (
            SELECT FROM release r WHERE r.period_id = q.id AND r.state = 'published' AND NOT r.sandbox))
        FROM period q LEFT JOIN period_state x ON x.period_id = q.id
        WHERE q.plan_year_id = p.plan_year_id AND q.opens_on IS NOT NULL) AS whole
FROM period p LEFT JOIN period_state s ON s.period_id = p.id WHERE p.id = :period
"""


def course_of(session: Session, period: PeriodInfo) -> Course:
    ground = session.execute(text(_ENDS_YEAR), {"period": period.id}).one()
    if ground.closed_at is None:
        return Course()
    key = {"period": period.id, "year": period.plan_year_id, "ends_year": ground.last}
    rows = [
        Standing(
            row.number, row.kind, ReleaseState(row.state), row.moved_at, row.published_at, filed=_is_written(session, row, OutputKind.FILES),
            documented=row.kind == YEAR and _is_written(session, row, OutputKind.DOCUMENTS), news=row.news,
        )
        for row in session.execute(text(_ROWS), key)
    ]  # fmt: skip
    return follow(rows, closed_at=ground.closed_at, ends_whole_year=ground.last and bool(ground.whole))


def _is_written(session: Session, row: Row[Any], kind: OutputKind) -> bool:
    """As it is rendered now, under the small-cell rules that are in force for what it shows."""
    if kind is OutputKind.DOCUMENTS:
        under = documents_tag(row.content_hash, row.rules, companions_of(session, row.number))
    else:
        under = tag(row.content_hash, policy_in_force(row.rules, settings().small_cells))
    return f"{kind} {under}" in row.written


def propose_due(session: Session, period: PeriodInfo, *, now: datetime) -> list[str]:
    """Make and propose what is due, in one transaction; the numbers."""
    made = []
    for kind, _ in course_of(session, period).propose:
        subject: Subject = period if kind == PERIOD else get_year(session, period.plan_year_id)
        release = service.make(session, subject, by=ENGINE, now=now)
        made.append(service.propose(session, release.number, by=ENGINE, now=now).number)
    return made


def publish_due(session: Session, period: PeriodInfo, *, key: Key, now: datetime) -> list[str]:
    """Sign and publish what a person signed off; the numbers."""
    return [
        service.publish(session, number, key=key, by=ENGINE, now=now).number
        for number, _ in course_of(session, period).publish
    ]
