"""The annual score: the mean of the year's periods for each reporter, and the mean of reporters by level."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.compliance.grouping import NAMED, title
from ranham.compliance.rules import mean_of_periods_bp, mean_of_scores_bp
from ranham.kernel.errors import NotFound
from ranham.plan.queries import get_period

SCORES = "scores of verified reports; a report that is missing or not verified counts 0"
SHARES = "share of achieved obligations, while nothing is verified (configuration, unverified)"


@dataclass(frozen=True, slots=True)
class AnnualRow:
    regulation: str
    year: int
    level: str
    unit_code: str | None
    unit_name: str
    score: Decimal
    """0-100: of a reporter its annual score, of a level the mean over its reporters."""
    reporters: int
    periods: int
    """Periods of the year that have been rolled up; the score is provisional until all are."""
    basis: str


COUNTED = """
SELECT c.unit_id, r.level, c.period_id, sum(c.achieved)::bigint AS achieved, sum(c.obligations)::bigint AS obligations,
       sum(c.score_bp)::bigint AS score_bp
FROM unit_count c JOIN reporting_unit r ON r.id = c.unit_id
WHERE c.period_id = ANY(:periods) GROUP BY 1, 2, 3
"""
ROLLED_UP = """
SELECT p.id, u.computed_at FROM rollup u JOIN period p ON p.id = u.period_id WHERE p.plan_year_id = :plan_year
"""

YEAR = """
SELECT r.code AS regulation, y.year, y.territory_as_of FROM plan_year y
JOIN plan_version v ON v.id = y.plan_version_id JOIN regulation r ON r.id = v.regulation_id WHERE y.id = :y
"""


def annual_scores(session: Session, plan_year_id: int) -> list[AnnualRow]:
    """Annual scores of a frozen plan year; levels first, then every reporter. A reporter without a report has 0.

    A period counts once it was rolled up with its window begun: before, everybody's zero would say nothing.
    """
    year = session.execute(text(YEAR), {"y": plan_year_id}).one()
    found = session.execute(text(COUNTED), {"periods": _begun(session, plan_year_id)}).all()
    if not found:
        raise NotFound(f"no period of {year.year} has been rolled up since its window opened")
    periods = len({row.period_id for row in found})
    day: date = year.territory_as_of
    names = {row.id: row for row in session.execute(text(NAMED), {"day": day})}
    of = (year.regulation, year.year)
    annual = unit_scores(found)
    basis, scores, levels = annual.basis, annual.scores, annual.levels
    rows = [
        AnnualRow(*of, levels[unit], names[unit].code, title(names[unit]), Decimal(score) / 100, 1, periods, basis)
        for unit, score in scores.items()
    ]
    rows.sort(key=lambda row: (row.level, row.unit_code or ""))
    means = []
    for level in sorted({row.level for row in rows}):
        of_level = [score for unit, score in scores.items() if levels[unit] == level]
        mean = (Decimal(sum(of_level)) / len(of_level) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
        means.append(AnnualRow(*of, level, None, "mean of reporters", mean, len(of_level), periods, basis))
    return [*means, *rows]


@dataclass(frozen=True, slots=True)
class UnitScores:
    basis: str
    scores: dict[int, int]
    """Annual score of each unit that owes something, in basis points."""
    levels: dict[int, str]


def unit_scores(counted: Iterable[Row[Any]]) -> UnitScores:
    """The annual rule, over sums of units by period: unit_id, level, period_id, achieved, obligations, score_bp."""
    found = list(counted)
    scored = any(row.score_bp for row in found)
    basis, mean_of = (SCORES, mean_of_scores_bp) if scored else (SHARES, mean_of_periods_bp)
    shares: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in found:
        shares[row.unit_id].append((row.score_bp if scored else row.achieved, row.obligations))
    scores = {unit: mean_of(each) for unit, each in shares.items() if any(n for _, n in each)}
    return UnitScores(basis, scores, {row.unit_id: row.level for row in found})


def _begun(session: Session, plan_year_id: int) -> list[int]:
    rolled_up = session.execute(text(ROLLED_UP), {"plan_year": plan_year_id})
    return [row.id for row in rolled_up if get_period(session, row.id).has_begun(row.computed_at)]
