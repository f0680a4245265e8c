"""Questions about the territory: the tree as of a day, a code as of a day, the history of a unit, lineage."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.territory.models import Level


@dataclass(frozen=True, slots=True)
class UnitAsOf:
    unit_id: int
    level: Level
    code: str | None
    name: str
    type: str
    parent_id: int | None
    time_zone: str
    office: str | None
    """Verifying office, that of the province for a regency."""

    @property
    def title(self) -> str:
        """Type and name, as two units may share a bare name."""
        words = {"kabupaten": "Kabupaten ", "kota": "Kota ", "province": "Provinsi "}
        return (
            words.get(self.type, self.type.replace("_", " ").title() + " " if self.type != "ministry" else "")
            + self.name
        )


@dataclass(frozen=True, slots=True)
class UnitFact:
    valid_from: date
    valid_to: date | None
    code: str | None
    name: str
    type: str
    parent: str | None
    decree: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    on_date: date
    kind: str
    from_unit: str
    to_unit: str
    decree: str | None


AS_OF = """
SELECT r.id, r.level, v.code, v.name, v.type, v.parent_id, v.time_zone, o.name AS office
FROM reporting_unit r
JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN office_assignment a ON a.unit_id = coalesce(v.parent_id, r.id)
     AND a.valid_from <= :day AND (a.valid_to IS NULL OR a.valid_to > :day)
LEFT JOIN verifying_office o ON o.id = a.office_id
"""


def tree(session: Session, day: date) -> list[UnitAsOf]:
    """All units that exist on a day; regencies carry the id of the province they belong to on that day."""
    rows = session.execute(text(AS_OF + " ORDER BY r.level, v.code NULLS LAST, v.name"), {"day": day})
    return [_unit(row) for row in rows]


def count(session: Session, day: date) -> tuple[int, int]:
    """Provinces and regencies/cities that exist on a day."""
    units = tree(session, day)
    return sum(u.level is Level.PROVINCE for u in units), sum(u.level is Level.REGENCY for u in units)


def by_code(session: Session, code: str, day: date) -> UnitAsOf:
    """The unit that had a Kemendagri code (or a K/L code) on a day."""
    row = session.execute(text(AS_OF + " WHERE v.code = :code"), {"day": day, "code": code}).one_or_none()
    if row is None:
        other = session.execute(
            text("SELECT name, valid_from, valid_to FROM unit_version WHERE code = :code ORDER BY valid_from"),
            {"code": code},
        ).first()
        hint = (
            f"; it was the code of {other.name} from {other.valid_from} to {other.valid_to or 'today'}" if other else ""
        )
        raise NotFound(f"no unit has code {code} on {day}{hint}")
    return _unit(row)


def code_of(session: Session, unit_id: int, day: date) -> str | None:
    """The code that a unit had on a day."""
    found = session.execute(text(AS_OF + " WHERE r.id = :unit"), {"day": day, "unit": unit_id}).one_or_none()
    return None if found is None else _unit(found).code


def by_key(session: Session, key: str, day: date) -> UnitAsOf:
    """The unit of a key, which no recoding changes, as it was on a day."""
    row = session.execute(text(AS_OF + " WHERE r.key = :key"), {"day": day, "key": key}).one_or_none()
    if row is None:
        raise NotFound(f"no unit has key {key} on {day}")
    return _unit(row)


def office_by_key(session: Session, key: str) -> int:
    """The id of a verifying office."""
    found = session.scalar(text("SELECT id FROM verifying_office WHERE key = :key"), {"key": key})
    if found is None:
        raise NotFound(f"no verifying office has the key {key}; the keys are in reference/verifying_offices.csv")
    return int(found)


def history(session: Session, unit_id: int) -> list[UnitFact]:
    rows = session.execute(
        text("""
            SELECT v.valid_from, v.valid_to, v.code, v.name, v.type, p.name AS parent,
                   CASE WHEN d.id IS NOT NULL THEN d.kind || ' ' || d.number END AS decree, v.verified
            FROM unit_version v
            LEFT JOIN unit_version p ON p.unit_id = v.parent_id
                 AND p.valid_from <= v.valid_from AND (p.valid_to IS NULL OR p.valid_to > v.valid_from)
            LEFT JOIN decree d ON d.id = v.decree_id
            WHERE v.unit_id = :unit_id ORDER BY v.valid_from
        """),
        {"unit_id": unit_id},
    )
    return [UnitFact(*row) for row in rows]


def lineage(session: Session) -> list[Lineage]:
    """Which unit came out of which, oldest first."""
    rows = session.execute(
        text("""
            SELECT l.on_date, l.kind,
                   (SELECT name FROM unit_version WHERE unit_id = l.from_unit_id ORDER BY valid_from DESC LIMIT 1),
                   (SELECT name FROM unit_version WHERE unit_id = l.to_unit_id ORDER BY valid_from DESC LIMIT 1),
                   d.kind || ' ' || d.number
            FROM unit_lineage l LEFT JOIN decree d ON d.id = l.decree_id ORDER BY l.on_date, 4
        """)
    )
    return [Lineage(*row) for row in rows]


def recodes(session: Session) -> list[tuple[str, str, str, date]]:
    """Every change of a unit's code: name, old code, new code, day."""
    rows = session.execute(
        text("""
            SELECT name, old, code, valid_from FROM (
                SELECT name, code, valid_from, lag(code) OVER (PARTITION BY unit_id ORDER BY valid_from) AS old
                FROM unit_version) v
            WHERE old IS NOT NULL AND code IS DISTINCT FROM old ORDER BY valid_from, code
        """)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _unit(row) -> UnitAsOf:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a row of AS_OF
    return UnitAsOf(row.id, Level(row.level), row.code, row.name, row.type, row.parent_id, row.time_zone, row.office)
