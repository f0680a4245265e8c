"""Reads figures: counts of units, summed over the territory of the cycle or of any other day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.compliance import rules
from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo

LEVELS = ("national", "ministry", "province", "regency", "office")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One ratio. `scope` says whose obligations it counts: the unit's own, or those of the units below it."""

    regulation: str
    period: str
    level: str
    unit_code: str | None
    unit_name: str
    scope: str
    target_group: str | None
    action: str | None
    figure: str
    numerator: int
    denominator: int
    denominator_name: str
    percent: Decimal | None
    impossible: bool
    territory_as_of: date
    state: str
    """provisional or final."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class _Context:
    period: PeriodInfo
    day: date
    state: str
    simulated: bool


COUNTED = """
    SELECT c.unit_id, CASE WHEN :by_group THEN c.target_group_id END AS part_id,
           sum(obligations) AS obligations, sum(excused) AS excused, sum(reported) AS reported,
           sum(complete) AS complete, sum(on_time) AS on_time, sum(extended) AS extended, sum(late) AS late,
           sum(achieved) AS achieved, sum(verified) AS verified,
           -- The unit's own score, rounded once; what a level shows is the mean of these.
           coalesce(round(sum(score_bp) / nullif(sum(obligations), 0)), 0) AS score_bp,
           (sum(obligations) > 0)::int AS units, (sum(reported) > 0)::int AS reporters
    FROM unit_count c WHERE c.period_id = :period GROUP BY 1, 2
"""
# A unit owes an action once, so a count by unit and action would be the obligations themselves: they are read as they
# stood when they were counted last, and the sums are those of the counts, also after the close.
BY_ACTION = """
    SELECT o.unit_id, o.action_id AS part_id, (x.id IS NULL)::int AS obligations, (x.id IS NOT NULL)::int AS excused,
           (x.id IS NULL AND s.id IS NOT NULL)::int AS reported, (x.id IS NULL AND coalesce(s.complete, false))::int AS complete,
           (x.id IS NULL AND coalesce(s.timeliness = 'on_time', false))::int AS on_time,
           (x.id IS NULL AND coalesce(s.timeliness = 'extended', false))::int AS extended,
           (x.id IS NULL AND coalesce(s.timeliness = 'late', false))::int AS late,
           (x.id IS NULL AND coalesce(s.achieved, false))::int AS achieved,
           (x.id IS NULL AND e.score_bp IS NOT NULL)::int AS verified,
           CASE WHEN x.id IS NULL THEN coalesce(e.score_bp, 0) ELSE 0 END AS score_bp,
           (x.id IS NULL)::int AS units, (x.id IS NULL AND s.id IS NOT NULL)::int AS reporters
    FROM obligation o
    JOIN rollup w ON w.period_id = :period
    LEFT JOIN LATERAL (
        SELECT c.* FROM submission c WHERE c.obligation_id = o.id AND c.period_id = :period AND c.id <= w.watermark
        ORDER BY c.revision DESC LIMIT 1) s ON true
    LEFT JOIN (
        SELECT DISTINCT ON (h.obligation_id) h.obligation_id, h.score_bp FROM report_event h
        WHERE h.period_id = :period AND h.id <= (SELECT event_watermark FROM rollup WHERE period_id = :period)
        ORDER BY h.obligation_id, h.id DESC) e ON e.obligation_id = o.id
    LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at <= w.computed_at
    WHERE o.plan_year_id = :plan_year
"""

GROUPED = """
WITH unit AS ({counts}
), placed AS (
    SELECT u.*, r.level,
           CASE r.level WHEN 'province' THEN u.unit_id WHEN 'regency' THEN v.parent_id END AS province_id
    FROM unit u
    JOIN reporting_unit r ON r.id = u.unit_id
    LEFT JOIN unit_version v ON v.unit_id = u.unit_id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
), verified AS (
    SELECT p.*, a.office_id FROM placed p
    LEFT JOIN office_assignment a ON a.unit_id = p.province_id
         AND a.valid_from <= :day AND (a.valid_to IS NULL OR a.valid_to > :day)
)
SELECT CASE WHEN grouping(unit_id) = 0 THEN 'unit' WHEN grouping(province_id) = 0 THEN 'province'
            WHEN grouping(office_id) = 0 THEN 'office' ELSE 'national' END AS kind,
       unit_id, province_id, office_id, level, part_id,
       sum(units) AS units, sum(reporters) AS reporters, sum(obligations) AS obligations, sum(excused) AS excused,
       sum(reported) AS reported, sum(complete) AS complete, sum(on_time) AS on_time, sum(extended) AS extended,
       sum(late) AS late, sum(achieved) AS achieved, sum(verified) AS verified, sum(score_bp) AS score_bp
FROM verified
GROUP BY GROUPING SETS ((unit_id, level, part_id), (province_id, level, part_id),
                        (office_id, level, part_id), (level, part_id), (part_id))
"""

NAMED = """
SELECT r.id, r.level, v.code, v.type, coalesce(v.name, (SELECT name FROM unit_version l WHERE l.unit_id = r.id ORDER BY valid_from DESC LIMIT 1)) AS name,
       v.id IS NOT NULL AS stands
FROM reporting_unit r
LEFT JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
"""

NATIONAL_BY_ACTION = """
SELECT c.level, a.code AS action, sum(obligations) AS units, sum(reported) AS reporters, sum(obligations) AS obligations,
       sum(excused) AS excused, sum(reported) AS reported, sum(complete) AS complete, sum(on_time) AS on_time,
       sum(extended) AS extended, sum(late) AS late, sum(achieved) AS achieved, sum(verified) AS verified,
       sum(score_bp) AS score_bp
FROM action_count c JOIN action a ON a.id = c.action_id WHERE c.period_id = :period
GROUP BY c.level, a.id, a.code ORDER BY c.level, a.id
"""

SCOPES = {"ministry": "ministries", "province": "provinces", "regency": "regencies", None: "pooled"}
PREFIX = {
    "kabupaten": "Kabupaten ",
    "kota": "Kota ",
    "kabupaten_administrasi": "Kabupaten Administrasi ",
    "kota_administrasi": "Kota Administrasi ",
}


def figures(  # noqa: PLR0913 - keywords, each a way to read the counts
    session: Session,
    period: PeriodInfo,
    *,
    territory_as_of: date | None = None,
    levels: Iterable[str] | None = None,
    by_target_group: bool = False,
    by_action: bool = False,
) -> list[FigureRow]:
    """Figures of a period at the levels asked for, from the counts as they were last rolled up.

    National numbers do not depend on the territory; provinces and offices are sums over the units that belong to
    them on `territory_as_of` (default: the day the plan year was frozen on). By action, a unit's figures are those of
    its one obligation.
    """
    context = _context(session, period, territory_as_of)
    first = session.scalar(text("SELECT min(valid_from) FROM unit_version"))
    if first is not None and context.day < first:
        raise NotFound(f"the territory is known from {first} on, not on {context.day}")
    wanted = set(levels or LEVELS)
    bounds = {"period": period.id, "day": context.day}
    bounds |= {"plan_year": period.plan_year_id} if by_action else {"by_group": by_target_group}
    counts = GROUPED.format(counts=BY_ACTION if by_action else COUNTED)
    names = {row.id: row for row in session.execute(text(NAMED), {"day": context.day})}
    offices = {row.id: row for row in session.execute(text("SELECT id, key, name FROM verifying_office"))}
    coded = "SELECT id, code FROM action" if by_action else "SELECT id, code FROM target_group"
    parts = {row.id: row.code for row in session.execute(text(coded))}
    found: list[tuple[str, str | None, str, str, str | None, rules.Counts]] = []
    below_seen: set[int] = set()
    for row in session.execute(text(counts), bounds):
        group = parts.get(row.part_id)
        if by_target_group and row.part_id is None:
            group = "(none)"
        if row.kind == "unit" and row.level in wanted:
            named = names[row.unit_id]
            found.append((row.level, named.code, title(named), "own", group, _counts(row)))
        elif row.kind == "province" and row.level == "regency" and "province" in wanted and row.province_id is None:
            # Units that do not stand on that day belong to no province; shown, so that the sums are still the nation's.
            found.append(("province", None, "(no province on this day)", "regencies", group, _counts(row)))
        elif row.kind == "province" and row.level == "regency" and "province" in wanted:
            below_seen.add(row.province_id)
            named = names[row.province_id]
            found.append(("province", named.code, title(named), "regencies", group, _counts(row)))
        elif row.kind == "office" and row.office_id is not None and "office" in wanted:
            office = offices[row.office_id]
            found.append(("office", office.key, office.name, SCOPES[row.level], group, _counts(row)))
        elif row.kind == "national" and "national" in wanted:
            found.append(("national", None, "Indonesia", SCOPES[row.level], group, _counts(row)))
    if "province" in wanted and not (by_target_group or by_action):
        found += _provinces_without(
            names.values(), {f[1:3] for f in found if f[0] == "province" and f[3] == "own"}, below_seen
        )
    found.sort(key=lambda f: (LEVELS.index(f[0]), f[1] or "", f[2], f[3], f[4] or ""))
    return [
        row
        for level, code, name, scope, group, of_group in found
        for row in _rows(
            context,
            level,
            code,
            name,
            scope,
            of_group,
            group=None if by_action else group,
            action=group if by_action else None,
        )
    ]


def figures_by_action(session: Session, period: PeriodInfo) -> list[FigureRow]:
    """National figures of each action, apart by level of the units that owe it; a reporter here is an obligation.

    From the counts, so it is quick however many units there are; `figures(by_action=True)` has every level.
    """
    context = _context(session, period, None)
    return [
        row
        for found in session.execute(text(NATIONAL_BY_ACTION), {"period": period.id})
        for row in _rows(
            context, "national", None, "Indonesia", SCOPES[found.level], _counts(found), action=found.action
        )
    ]


def title(named: Row[tuple[object, ...]]) -> str:
    """Type and name: a bare name may mean two units."""
    return f"{PREFIX.get(named.type or '', '')}{named.name}"


def _context(session: Session, period: PeriodInfo, day: date | None) -> _Context:
    rollup = session.execute(text("SELECT final FROM rollup WHERE period_id = :p"), {"p": period.id}).one_or_none()
    if rollup is None:
        raise NotFound(f"{period.label} has not been rolled up yet; run: ranham rollup {period.label}")
    simulated = session.scalar(
        text("SELECT EXISTS (SELECT 1 FROM submission WHERE period_id = :p AND simulated)"), {"p": period.id}
    )
    return _Context(period, day or period.territory_as_of, "final" if rollup.final else "provisional", bool(simulated))


def _provinces_without(
    names: Iterable[Row[tuple[object, ...]]], own: set[tuple[str | None, str]], below: set[int]
) -> list[tuple[str, str | None, str, str, str | None, rules.Counts]]:
    """Provinces that stand on the day but owe nothing themselves, or have no obliged regency: shown with zero."""
    missing: list[tuple[str, str | None, str, str, str | None, rules.Counts]] = []
    for named in names:
        if named.level != "province" or not named.stands:
            continue
        if (named.code, title(named)) not in own:
            missing.append(("province", named.code, title(named), "own", None, rules.Counts()))
        if named.id not in below:
            missing.append(("province", named.code, title(named), "regencies", None, rules.Counts()))
    return missing


def _counts(row: Row[tuple[object, ...]]) -> rules.Counts:
    return rules.Counts(**{name: int(getattr(row, name)) for name in rules.Counts.__dataclass_fields__})


def _rows(  # noqa: PLR0913 - the columns of a row
    context: _Context,
    level: str,
    code: str | None,
    name: str,
    scope: str,
    counts: rules.Counts,
    *,
    group: str | None = None,
    action: str | None = None,
) -> list[FigureRow]:
    return [
        FigureRow(
            regulation=context.period.regulation,
            period=context.period.label,
            level=level,
            unit_code=code,
            unit_name=name,
            scope=scope,
            target_group=group,
            action=action,
            figure=figure.figure,
            numerator=figure.numerator,
            denominator=figure.denominator,
            denominator_name=figure.denominator_name,
            percent=figure.percent,
            impossible=figure.impossible,
            territory_as_of=context.day,
            state=context.state,
            simulated=context.simulated,
        )
        for figure in rules.figures(counts)
    ]
