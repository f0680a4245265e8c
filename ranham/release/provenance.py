"""Explains a figure: what it counts, row by row, from facts that never change."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.compliance.annual import unit_scores
from ranham.kernel.errors import BadInput, Finding, NotFound
from ranham.release import tracing
from ranham.release.content import FIGURE_COLUMNS, Figure, load_header
from ranham.release.figures import ANNUAL_SCORE, BY_PERIOD

PREFERRED = ("own", "pooled")


@dataclass(frozen=True, slots=True)
class FactRow:
    """One obligation in a period, and what stands behind it. What the asking person may not see is empty."""

    obligation_id: int
    period: str
    unit_code: str | None
    unit_name: str
    action: str
    target_group: str
    counts: bool
    """It is in the numerator; of a figure that counts units, it takes part in it."""
    excluded: str | None
    justification: str | None
    excused_by: str | None
    reported: bool
    complete: bool
    achieved: bool
    verified: bool
    timeliness: str | None
    score_bp: int | None
    submission_id: int | None
    revision: int | None
    submitted_at: datetime | None
    received_at: datetime | None
    channel: str | None
    verified_by: str | None
    verified_at: datetime | None
    decided_score_bp: int | None
    """The score as it was decided; `score_bp` is another where a what-if weighs the marks otherwise."""
    decision_id: int | None
    remark: str | None
    evidence: tuple[str, ...]
    """SHA-256 of each piece, or its path as it was sent."""


@dataclass(frozen=True, slots=True)
class CountedRow:
    """What is counted: an obligation, or a unit where the figure counts units. All rows add up to the figure."""

    unit_code: str | None
    unit_name: str
    numerator: int
    denominator: int
    facts: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    number: str
    sum: Figure
    rows: tuple[CountedRow, ...]
    next: str | None
    """Cursor of the next page; empty on the last."""
    left_out: tuple[tuple[str | None, str, str], ...]
    """Units that a rule of the plan leaves out (code, name, reason); with the first page."""


def explain(  # noqa: PLR0913 - what names a figure
    session: Session,
    number: str,
    unit_code: str | None,
    figure: str,
    *,
    scope: str | None = None,
    target_group: str | None = None,
    action: str | None = None,
    level: str | None = None,
    unit_name: str | None = None,
    only: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Explanation:
    """A page of what the figure counts. `only`: numerator, denominator or excluded, where obligations are counted."""
    if only not in tracing.ONLY:
        raise BadInput([Finding("only", str(only), "numerator, denominator or excluded")])
    bounds = {
        "number": number,
        "figure": figure,
        "scope": scope,
        "level": level,
        "unit_name": unit_name,
        "unit_code": unit_code,
        "target_group": target_group,
        "action": action,
    }
    found = _find(session, bounds)
    place, of_place = tracing.members(found)
    part, of_part = tracing.parts(found)
    asked = _Asked(found, f"{place} AND {part}", {"release": found.release, **of_place, **of_part})
    left_out: tuple[tuple[str | None, str, str], ...] = ()
    if after is None:
        told = session.execute(text(tracing.LEFT_OUT.format(members=place)), {"release": found.release, **of_place})
        left_out = tuple((row.code, row.name, row.reason) for row in told)
    pages = _obligations if figure in tracing.CONDITIONS else _units
    rows, following = pages(session, asked, only=only, after=_cursor(after), limit=limit)
    return Explanation(number, Figure(*(getattr(found, name) for name in FIGURE_COLUMNS)), rows, following, left_out)


@dataclass(frozen=True, slots=True)
class _Asked:
    figure: Row[Any]
    members: str
    bounds: dict[str, Any]


Page = tuple[tuple[CountedRow, ...], str | None]


def _find(session: Session, bounds: dict[str, Any]) -> Row[Any]:
    conditions = {
        "unit": tracing.same("f.unit_code", bounds["unit_code"], "unit_code"),
        "group": tracing.same("f.target_group", bounds["target_group"], "target_group"),
        "action": tracing.same("f.action", bounds["action"], "action"),
    }
    found = session.execute(text(tracing.FIGURE.format(**conditions)), bounds).all()
    if not found:
        load_header(session, bounds["number"])
        unit = bounds["unit_code"] or "the nation"
        raise NotFound(
            f"{bounds['number']} has no figure {bounds['figure']} of {unit} with this scope, group and action"
        )
    if bounds["level"] is None and bounds["unit_code"] is None and bounds["unit_name"] is None:
        found = [row for row in found if row.level == "national"] or found
    if len(found) > 1 and bounds["scope"] is None:
        preferred = [row for row in found if row.scope in PREFERRED]
        found = preferred if len(preferred) == 1 else found
    if len(found) > 1:
        there = "; ".join(f"{row.level}, {row.unit_name}, {row.scope}" for row in found[:5])
        raise BadInput([Finding("figure", there, "one of them: name scope, level or unit name")])
    return found[0]


def _obligations(session: Session, asked: _Asked, *, only: str | None, after: list[int], limit: int) -> Page:
    counts = tracing.CONDITIONS[asked.figure.figure]
    page = tracing.ONLY[only].format(counts=counts)
    bounds = {**asked.bounds, "limit": limit + 1}
    if after:
        page += " AND (f.obligation_id, f.period_id) > (:obligation, :period)"
        bounds |= {"obligation": after[0], "period": after[-1]}
    sql = tracing.FACTS.format(members=asked.members, page=page, counts=counts, limit="LIMIT :limit")
    found = session.execute(text(sql), bounds).all()
    rows = tuple(
        CountedRow(row.unit_code, row.unit_name, int(row.counts), int(row.excluded is None), (_fact(row),))
        for row in found[:limit]
    )
    following = f"{found[limit - 1].obligation_id}.{found[limit - 1].period_id}" if len(found) > limit else None
    return rows, following


def _units(session: Session, asked: _Asked, *, only: str | None, after: list[int], limit: int) -> Page:
    if only is not None:
        raise BadInput([Finding("only", only, "nothing", f"{asked.figure.figure} counts units, which are shown whole")])
    bounds = {**asked.bounds, "unit": after[0] if after else 0, "limit": limit + 1}
    found = session.execute(text(tracing.UNITS.format(members=asked.members)), bounds).all()
    units = [row.unit_id for row in found[:limit]]
    sql = tracing.FACTS.format(
        members=asked.members, page="f.unit_id = ANY(:units)", counts=_takes_part(asked.figure.figure), limit=""
    )
    facts: dict[int, list[FactRow]] = defaultdict(list)
    for fact in session.execute(text(sql), {**asked.bounds, "units": units}):
        facts[fact.unit_id].append(_fact(fact))
    annual = _annual(session, asked)
    rows = tuple(
        CountedRow(row.unit_code, row.unit_name, *_ratio(asked.figure.figure, row, annual), tuple(facts[row.unit_id]))
        for row in found[:limit]
    )
    return rows, str(units[-1]) if len(found) > limit else None


def _annual(session: Session, asked: _Asked) -> dict[int, int]:
    if asked.figure.figure != ANNUAL_SCORE:
        return {}
    return unit_scores(session.execute(text(BY_PERIOD), {"release": asked.bounds["release"]})).scores


def _ratio(figure: str, row: Row[Any], annual: dict[int, int]) -> tuple[int, int]:
    """What a unit adds above and below the line; one whose obligations are all excused adds nothing."""
    obliged = int(row.obligations > 0)
    match figure:
        case "participation":
            return int(row.reported > 0), obliged
        case "mean_score":
            return row.score_bp, obliged * 10_000
    return annual.get(row.unit_id, 0), 10_000 * int(row.unit_id in annual)


def _takes_part(figure: str) -> str:
    return "f.reported" if figure == "participation" else "(f.verified OR f.achieved)"


def _fact(row: Row[Any]) -> FactRow:
    same = [name for name in FactRow.__dataclass_fields__ if name != "evidence"]
    return FactRow(**{name: getattr(row, name) for name in same}, evidence=tuple(row.evidence))


def _cursor(after: str | None) -> list[int]:
    pieces = (after or "").split(".")
    if after is not None and not all(each.isdecimal() for each in pieces):
        raise BadInput([Finding("after", after, "the cursor that the page before gave")])
    return [int(each) for each in pieces] if after else []
