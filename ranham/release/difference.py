"""What differs between two releases of the same period or year, and why: from facts against facts, never from live data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import in_wib
from ranham.kernel.errors import Conflict
from ranham.release import rules
from ranham.release.content import not_found
from ranham.release.making import build, inputs
from ranham.release.models import Release
from ranham.release.queries import get_release
from ranham.release.subject import find_subject


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    level: str
    unit_code: str | None
    unit_name: str
    scope: str
    target_group: str | None
    action: str | None
    figure: str
    was_numerator: int | None
    """Empty: the former version has no such figure."""
    was_denominator: int | None
    numerator: int | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class ChangedUnit:
    code: str | None
    name: str
    field: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that happened. Kinds: revision, decision, excuse, weighing (of obligations), rule, territory."""

    kind: str
    unit_code: str | None
    unit_name: str | None
    action: str | None
    period: str | None
    what: str
    by: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    was: str
    now: str
    figures: tuple[ChangedFigure, ...]
    units: tuple[ChangedUnit, ...]
    causes: tuple[Cause, ...]

    @property
    def same(self) -> bool:
        return not (self.figures or self.units or self.causes)


FIGURES = """
SELECT coalesce(b.level, a.level) AS level, coalesce(b.unit_code, a.unit_code) AS unit_code,
       coalesce(b.unit_name, a.unit_name) AS unit_name, coalesce(b.scope, a.scope) AS scope,
       coalesce(b.target_group, a.target_group) AS target_group, coalesce(b.action, a.action) AS action,
       coalesce(b.figure, a.figure) AS figure, a.numerator AS was_numerator, a.denominator AS was_denominator,
       b.numerator, b.denominator
FROM (SELECT * FROM release_figure WHERE release_id = :was) a
FULL JOIN (SELECT * FROM release_figure WHERE release_id = :now) b
  ON a.level = b.level AND a.scope = b.scope AND a.figure = b.figure
     AND coalesce(a.unit_id::text, a.unit_code, a.unit_name) = coalesce(b.unit_id::text, b.unit_code, b.unit_name)
     AND coalesce(a.target_group, '') = coalesce(b.target_group, '') AND coalesce(a.action, '') = coalesce(b.action, '')
WHERE (a.numerator, a.denominator) IS DISTINCT FROM (b.numerator, b.denominator)
ORDER BY coalesce(b.position, a.position), a.position
"""
UNITS = """
SELECT coalesce(b.code, a.code) AS code, coalesce(b.name, a.name) AS name, c.field, c.was, c.now,
       (SELECT d.kind || ' ' || d.number FROM unit_version v JOIN decree d ON d.id = v.decree_id
        WHERE v.unit_id = coalesce(b.unit_id, a.unit_id) AND v.valid_from <= :day
        ORDER BY v.valid_from DESC LIMIT 1) AS decree
FROM (SELECT * FROM release_unit WHERE release_id = :was) a
FULL JOIN (SELECT * FROM release_unit WHERE release_id = :now) b ON a.unit_id = b.unit_id
CROSS JOIN LATERAL (VALUES
    ('stands', CASE WHEN a.unit_id IS NOT NULL THEN 'yes' END, CASE WHEN b.unit_id IS NOT NULL THEN 'yes' END),
    ('code', a.code, b.code), ('name', a.name, b.name), ('type', a.type, b.type),
    ('province', a.parent_code, b.parent_code), ('office', a.office_key, b.office_key)) AS c(field, was, now)
WHERE c.was IS DISTINCT FROM c.now AND (c.field = 'stands' OR a.unit_id IS NOT NULL AND b.unit_id IS NOT NULL)
ORDER BY 1 NULLS FIRST, 2, c.field
"""
FACTS = """
WITH changed AS (
    SELECT coalesce(b.obligation_id, a.obligation_id) AS obligation_id, coalesce(b.period_id, a.period_id) AS period_id,
           coalesce(b.unit_id, a.unit_id) AS unit_id, coalesce(b.action_id, a.action_id) AS action_id,
           a.submission_id AS was_submission, b.submission_id, a.event_id AS was_event, b.event_id,
           a.score_bp AS was_score_bp, b.score_bp, a.excluded AS was_excluded, b.excluded
    FROM (SELECT * FROM release_fact WHERE release_id = :was) a
    FULL JOIN (SELECT * FROM release_fact WHERE release_id = :now) b
      ON a.obligation_id = b.obligation_id AND a.period_id = b.period_id
    WHERE (a.submission_id, a.event_id, a.score_bp, a.excluded)
          IS DISTINCT FROM (b.submission_id, b.event_id, b.score_bp, b.excluded)
)
SELECT c.*, u.code AS unit_code, u.name AS unit_name, k.code AS action, y.year || '-' || p.code AS period,
       s.revision, s.author, s.received_at, e.actor, e.at, x.approved_by, x.approved_at, o.actor AS opened_by,
       o.at AS opened_at
FROM changed c
JOIN release_unit u ON u.release_id = :now AND u.unit_id = c.unit_id
JOIN action k ON k.id = c.action_id
JOIN period p ON p.id = c.period_id JOIN plan_year y ON y.id = p.plan_year_id
LEFT JOIN submission s ON s.id = c.submission_id AND c.submission_id IS DISTINCT FROM c.was_submission
LEFT JOIN report_event e ON e.id = c.event_id
LEFT JOIN LATERAL (
    SELECT r.actor, r.at FROM report_event r WHERE c.event_id IS NULL AND c.was_event IS NOT NULL AND r.event = 'reopen'
      AND r.obligation_id = c.obligation_id AND r.period_id = c.period_id AND r.id > c.was_event
    ORDER BY r.id LIMIT 1) o ON true
LEFT JOIN excuse x ON x.obligation_id = c.obligation_id AND x.period_id = c.period_id AND x.approved_at IS NOT NULL
     AND c.excluded IS DISTINCT FROM c.was_excluded
ORDER BY u.code NULLS FIRST, k.code, c.period_id
"""


def compare(session: Session, number_a: str, number_b: str) -> Difference:
    """From the first to the second: figures and units that changed, and what made them change."""
    was, now = get_release(session, number_a), get_release(session, number_b)
    if (was.regulation, was.label) != (now.regulation, now.label):
        raise Conflict(f"{number_a} and {number_b} are of different periods, so there is nothing to compare")
    bounds = {"was": was.id, "now": now.id}
    figures = tuple(ChangedFigure(*row) for row in session.execute(text(FIGURES), bounds))
    units = session.execute(text(UNITS), {**bounds, "day": now.territory_as_of}).all()
    causes = [cause for row in session.execute(text(FACTS), bounds) for cause in _of_fact(row)]
    causes += [_of_rule(*each) for each in rules.differences(was.rules, now.rules)]
    causes += _of_territory(was, now, units)
    return Difference(number_a, number_b, figures, tuple(ChangedUnit(*row[:5]) for row in units), tuple(causes))


def compare_with_now(session: Session, number: str, *, now: datetime) -> Difference:
    """As published beside as now known: a provisional release that exists only for the comparison."""
    was = get_release(session, number)
    if was is None:
        raise not_found(session, number)
    with session.begin_nested() as savepoint:
        subject = find_subject(session, f"{was.regulation}:{was.label}")
        given = inputs(session, subject, now=now, as_now_known=True, territory_as_of=was.territory_as_of)
        made = build(session, given, by="comparison", now=now, reason="as now known", sandbox=True)
        found = compare(session, number, made.number)
        savepoint.rollback()
    return Difference(found.was, f"as now known ({in_wib(now)})", found.figures, found.units, found.causes)


def _of_fact(row: Row[Any]) -> list[Cause]:
    of = (row.unit_code, row.unit_name, row.action, row.period)
    found = []
    if row.submission_id != row.was_submission:
        what = f"revision {row.revision} counts" if row.submission_id is not None else "no revision counts any more"
        found.append(Cause("revision", *of, what, row.author, row.received_at))
    if row.event_id != row.was_event and row.event_id is None:
        found.append(Cause("decision", *of, "reopened and not verified since", row.opened_by, row.opened_at))
    elif row.event_id != row.was_event:
        score = f"verified with score {row.score_bp / 100:.2f}"
        before = f" instead of {row.was_score_bp / 100:.2f}" if row.was_score_bp is not None else ""
        found.append(Cause("decision", *of, score + before, row.actor, row.at))
    elif row.score_bp != row.was_score_bp:
        what = f"the same marks weigh {row.score_bp / 100:.2f} instead of {row.was_score_bp / 100:.2f}"
        found.append(Cause("weighing", *of, what, None, None))
    if row.excluded != row.was_excluded:
        what = f"left the denominator: {row.excluded}" if row.excluded else "is back in the denominator"
        found.append(Cause("excuse", *of, what, row.approved_by, row.approved_at))
    return found


def _of_rule(name: str, was: object, now: object) -> Cause:
    return Cause("rule", None, None, None, None, f"{name}: {was} -> {now}", None, None)


def _of_territory(was: Release, now: Release, units: Sequence[Row[Any]]) -> list[Cause]:
    if was.territory_as_of != now.territory_as_of:
        said = f"territory as of {now.territory_as_of} instead of {was.territory_as_of}"
    elif units:
        said = f"what is known of the territory of {now.territory_as_of} was corrected"
    else:
        return []
    decrees = sorted({row.decree for row in units if row.decree})
    what = said + (f": {', '.join(decrees)}" if decrees else "")
    return [Cause("territory", None, None, None, None, what, None, None)]
