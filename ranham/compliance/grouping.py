"""Sums counts of units over a territory: regencies to provinces and offices, and all of them to the nation."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.compliance import rules
from ranham.kernel.errors import NotFound

LEVELS = ("national", "ministry", "province", "regency", "office")
NO_PART = "(none)"
"""Target group of actions that have none."""
NO_PROVINCE = "(no province on this day)"
"""Units that do not stand on the day belong to no province; shown, so that the sums are still the nation's."""

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

SCOPES = {"ministry": "ministries", "province": "provinces", "regency": "regencies", None: "pooled"}
PREFIX = {
    "kabupaten": "Kabupaten ",
    "kota": "Kota ",
    "kabupaten_administrasi": "Kabupaten Administrasi ",
    "kota_administrasi": "Kota Administrasi ",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one group of obligations: of a unit, of those below it, of an office or of the nation."""

    level: str
    unit_id: int | None
    unit_code: str | None
    unit_name: str
    scope: str
    part: str | None
    """Code of the target group or action; None where neither is told apart."""
    counts: rules.Counts


def gather(  # noqa: PLR0913 - keywords, each a way to group
    session: Session,
    counts: str,
    bounds: Mapping[str, object],
    *,
    day: date,
    levels: Collection[str] = LEVELS,
    parts: str | None = None,
) -> list[Group]:
    """Groups of what `counts` selects, in their order. It is SQL of rows by unit_id and part_id, with the columns of
    `rules.Counts`; part_id is an id of the table `parts` (target_group or action), or null.
    """
    first = session.scalar(text("SELECT min(valid_from) FROM unit_version"))
    if first is not None and day < first:
        raise NotFound(f"the territory is known from {first} on, not on {day}")
    names = {row.id: row for row in session.execute(text(NAMED), {"day": day})}
    offices = {row.id: row for row in session.execute(text("SELECT id, key, name FROM verifying_office"))}
    codes = _codes(session, parts)
    found = []
    for row in session.execute(text(GROUPED.format(counts=counts)), {**bounds, "day": day}):
        part = codes.get(row.part_id, NO_PART) if parts else None
        place = _place(row, names, offices)
        if place is not None and place[0] in levels:
            found.append(Group(*place, part, counts_of(row)))
    if "province" in levels and parts is None:
        found += _provinces_without(names.values(), found)
    found.sort(key=lambda g: (LEVELS.index(g.level), g.unit_code or "", g.unit_name, g.scope, g.part or ""))
    return found


def title(named: Row[tuple[object, ...]]) -> str:
    """Type and name: a bare name may mean two units."""
    return f"{PREFIX.get(named.type or '', '')}{named.name}"


def counts_of(row: Row[tuple[object, ...]]) -> rules.Counts:
    return rules.Counts(**{name: int(getattr(row, name)) for name in rules.Counts.__dataclass_fields__})


def _codes(session: Session, parts: str | None) -> dict[int, str]:
    return {row.id: row.code for row in session.execute(text(f"SELECT id, code FROM {parts}"))} if parts else {}


def _place(
    row: Row[tuple[object, ...]],
    names: Mapping[int, Row[tuple[object, ...]]],
    offices: Mapping[int, Row[tuple[object, ...]]],
) -> tuple[str, int | None, str | None, str, str] | None:
    """Level, unit, code, name and scope of a row of `GROUPED`; None for a sum that nothing is shown of."""
    match row.kind:
        case "unit":
            named = names[row.unit_id]
            return row.level, row.unit_id, named.code, title(named), "own"
        case "province" if row.level == "regency" and row.province_id is None:
            return "province", None, None, NO_PROVINCE, "regencies"
        case "province" if row.level == "regency":
            named = names[row.province_id]
            return "province", row.province_id, named.code, title(named), "regencies"
        case "office" if row.office_id is not None:
            office = offices[row.office_id]
            return "office", None, office.key, office.name, SCOPES[row.level]
        case "national":
            return "national", None, None, "Indonesia", SCOPES[row.level]
    return None


def _provinces_without(names: Iterable[Row[tuple[object, ...]]], found: list[Group]) -> list[Group]:
    """Provinces that stand on the day but owe nothing themselves, or have no obliged regency: shown with zero."""
    there = {(group.unit_id, group.scope) for group in found if group.level == "province"}
    return [
        Group("province", named.id, named.code, title(named), scope, None, rules.Counts())
        for named in names
        if named.level == "province" and named.stands
        for scope in ("own", "regencies")
        if (named.id, scope) not in there
    ]
