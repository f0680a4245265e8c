"""The figures of a release, summed over its facts as `ranham.compliance` sums its counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance import rules as compliance
from ranham.compliance.annual import SCORES, UnitScores, unit_scores
from ranham.compliance.grouping import LEVELS, NAMED, SCOPES, Group, counts_of, gather, title

EVERY_LEVEL_UP_TO = 200_000
"""Facts up to which actions are told apart at every level; beyond (a plan of 84,000 units) only for the nation."""

ANNUAL_SCORE = "annual_score"

FACTS = """
    SELECT f.unit_id, {part} AS part_id, count(*) FILTER (WHERE f.excluded IS NULL) AS obligations,
           count(*) FILTER (WHERE f.excluded IS NOT NULL) AS excused,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.reported) AS reported,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.complete) AS complete,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.timeliness = 'on_time') AS on_time,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.timeliness = 'extended') AS extended,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.timeliness = 'late') AS late,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.achieved) AS achieved,
           count(*) FILTER (WHERE f.excluded IS NULL AND f.verified) AS verified,
           -- The unit's own score, rounded once; what a level shows is the mean of these.
           coalesce(round(sum(f.score_bp) FILTER (WHERE f.excluded IS NULL)
                          / nullif(count(*) FILTER (WHERE f.excluded IS NULL), 0)), 0) AS score_bp,
           (count(*) FILTER (WHERE f.excluded IS NULL) > 0)::int AS units,
           (count(*) FILTER (WHERE f.excluded IS NULL AND f.reported) > 0)::int AS reporters
    FROM release_fact f JOIN action a ON a.id = f.action_id WHERE f.release_id = :release GROUP BY 1, 2
"""
NATIONAL_BY_ACTION = f"""
WITH unit AS ({FACTS.format(part="a.id")})
SELECT r.level, a.code AS part, {", ".join(f"sum(u.{name}) AS {name}" for name in compliance.Counts.__dataclass_fields__)}
FROM unit u JOIN reporting_unit r ON r.id = u.unit_id JOIN action a ON a.id = u.part_id
GROUP BY GROUPING SETS ((r.level, a.code), (a.code))
"""
BY_PERIOD = """
SELECT f.unit_id, r.level, f.period_id, count(*) FILTER (WHERE f.achieved AND f.excluded IS NULL) AS achieved,
       count(*) FILTER (WHERE f.excluded IS NULL) AS obligations,
       coalesce(sum(f.score_bp) FILTER (WHERE f.excluded IS NULL), 0)::bigint AS score_bp
FROM release_fact f JOIN reporting_unit r ON r.id = f.unit_id WHERE f.release_id = :release GROUP BY 1, 2, 3
"""

COLUMNS = {
    "position": "bigint",
    "level": "text",
    "unit_id": "bigint",
    "unit_code": "text",
    "unit_name": "text",
    "scope": "text",
    "target_group": "text",
    "action": "text",
    "figure": "text",
    "numerator": "bigint",
    "denominator": "bigint",
    "denominator_name": "text",
}
WRITE = f"""
INSERT INTO release_figure (release_id, {", ".join(COLUMNS)})
SELECT :release, f.* FROM unnest({", ".join(f"cast(:{name} AS {kind}[])" for name, kind in COLUMNS.items())}) AS f
"""
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Whose figure it is."""

    level: str
    unit_id: int | None
    unit_code: str | None
    unit_name: str
    scope: str
    target_group: str | None = None
    action: str | None = None


Row = tuple[Place, compliance.Figure]


def write_period(session: Session, release_id: int, day: date) -> int:
    """Figures by level, by target group and by action; how many."""
    rows = [
        *_rows(gather(session, FACTS.format(part="NULL::bigint"), {"release": release_id}, day=day)),
        *_rows(
            gather(
                session, FACTS.format(part="a.target_group_id"), {"release": release_id}, day=day, parts="target_group"
            ),
            "target_group",
        ),
        *_rows(_by_action(session, release_id, day), "action"),
    ]
    return _write(session, release_id, rows)


def write_year(session: Session, release_id: int, day: date) -> UnitScores:
    """The annual score of every reporter, and before them the means of reporters by level."""
    annual = unit_scores(session.execute(text(BY_PERIOD), {"release": release_id}))
    names = {row.id: row for row in session.execute(text(NAMED), {"day": day})}
    below = compliance.FULL_SCORES if annual.basis == SCORES else f"{compliance.FULL_SCORES}; {annual.basis}"
    rows: list[Row] = [
        (
            Place(annual.levels[unit], unit, names[unit].code, title(names[unit]), "own"),
            compliance.Figure(ANNUAL_SCORE, score, 10_000, below),
        )
        for unit, score in annual.scores.items()
    ]
    rows.sort(key=lambda row: (LEVELS.index(row[0].level), row[0].unit_code or "", row[0].unit_name))
    means: list[Row] = []
    for level in [each for each in LEVELS if any(place.level == each for place, _ in rows)]:
        of_level = [figure.numerator for place, figure in rows if place.level == level]
        figure = compliance.Figure(ANNUAL_SCORE, sum(of_level), len(of_level) * 10_000, below)
        means.append((Place("national", None, None, "Indonesia", SCOPES[level]), figure))
    _write(session, release_id, [*means, *rows])
    return annual


def _by_action(session: Session, release_id: int, day: date) -> list[Group]:
    facts = session.scalar(text("SELECT count(*) FROM release_fact WHERE release_id = :r"), {"r": release_id})
    if (facts or 0) <= EVERY_LEVEL_UP_TO:
        return gather(session, FACTS.format(part="a.id"), {"release": release_id}, day=day, parts="action")
    found = session.execute(text(NATIONAL_BY_ACTION), {"release": release_id})
    national = [
        Group("national", None, None, "Indonesia", SCOPES[row.level], row.part, counts_of(row)) for row in found
    ]
    return sorted(national, key=lambda group: (group.scope, group.part or ""))


def _rows(groups: Iterable[Group], part: str | None = None) -> list[Row]:
    found: list[Row] = []
    for group in groups:
        place = Place(
            *(group.level, group.unit_id, group.unit_code, group.unit_name, group.scope),
            target_group=group.part if part == "target_group" else None,
            action=group.part if part == "action" else None,
        )
        found += [(place, figure) for figure in compliance.figures(group.counts)]
    return found


def _write(session: Session, release_id: int, rows: list[Row]) -> int:
    numbered = iter(enumerate(rows, start=1))
    while some := list(islice(numbered, AT_ONCE)):
        flat = [
            (
                *(position, place.level, place.unit_id, place.unit_code, place.unit_name, place.scope),
                *(place.target_group, place.action),
                *(figure.figure, figure.numerator, figure.denominator, figure.denominator_name),
            )
            for position, (place, figure) in some
        ]
        columns = dict(zip(COLUMNS, map(list, zip(*flat, strict=True)), strict=True))
        session.execute(text(WRITE), {"release": release_id, **columns})
    return len(rows)
