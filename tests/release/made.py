"""Releases made up for documents: the real units of the reference data, invented figures, no database."""

import csv
import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from ranham.compliance.rules import Counts, figures
from ranham.release.content import ActionRow, Figure, Header, ReleaseContent, UnitRow
from ranham.release.documents.selection import title
from ranham.territory.service import REFERENCE

DAY = date(2025, 6, 1)
ACTIONS = {"province": 8, "regency": 6, "ministry": 7}
TITLE = "Pemenuhan kuota dan akomodasi yang layak bagi tenaga kerja penyandang disabilitas di perusahaan nomor"
BELOW = {"province": "provinces", "regency": "regencies", "ministry": "ministries"}


def made_up(label: str = "2025-B08", *, day: date = DAY, simulated: bool = True, **changed: Any) -> ReleaseContent:
    """A period's release with every unit that stands on a day."""
    units = (*_territory(day), *_bodies())
    rows: list[Figure] = []
    sums: dict[tuple[str, str | None, str], Counts] = {}
    for unit in units:
        counts = _counts(unit, label)
        rows += _rows(counts, unit.level, unit.code, title(unit), "own")
        groups = [("national", None, BELOW[unit.level]), ("national", None, "pooled")]
        if unit.level == "regency":
            groups.append(("province", unit.parent_code, "regencies"))
        if unit.office_key:
            groups.append(("office", unit.office_key, BELOW[unit.level]))
        for group in groups:
            sums[group] = sums.get(group, Counts()) + counts
        if unit.level == "province":
            for n in range(1, 9):
                one = _scaled(counts, n, 8)
                rows += _rows(one, "province", unit.code, title(unit), "own", action=f"D{n}")
    names = {unit.code: title(unit) for unit in units}
    for (level, code, scope), counts in sums.items():
        name = "Indonesia" if level == "national" else names.get(code) or f"Kanwil {code}"
        rows += _rows(counts, level, code, name, scope)
    for scope in ("provinces", "regencies"):
        for n in range(1, 9):
            rows += _rows(sums["national", None, scope], "national", None, "Indonesia", scope, action=f"D{n}")
        for group in ("perempuan", "anak", "disabilitas", "masyarakat-adat", "(none)"):
            rows += _rows(sums["national", None, scope], "national", None, "Indonesia", scope, group=group)
    titles = tuple(ActionRow(f"D{n}", f"{TITLE} {n}", "(none)") for n in range(1, 9))
    return ReleaseContent(header(label, simulated=simulated, day=day, **changed), units, tuple(rows), titles)


def year_of(content: ReleaseContent) -> ReleaseContent:
    """A year's release: annual scores only."""
    rows = [
        Figure(
            u.level, u.code, title(u), "own", None, None, "annual_score", _draw(u.name, "year", 10_001), 10_000, "full"
        )
        for u in content.units
    ]
    for level, scope in BELOW.items():
        own = [row for row in rows if row.level == level]
        total = sum(row.numerator for row in own)
        rows.append(
            Figure("national", None, "Indonesia", scope, None, None, "annual_score", total, len(own) * 10_000, "full")
        )
    return ReleaseContent(header("2025", kind="year", closing_month=None), content.units, tuple(rows), content.actions)


def header(label: str, *, simulated: bool = True, day: date = DAY, **changed: Any) -> Header:
    said: dict[str, Any] = {
        "number": f"RANHAM-V:{label}/1",
        "regulation": "RANHAM-V",
        "label": label,
        "kind": "period",
        "version": 1,
        "state": "published",
        "sandbox": False,
        "reason": None,
        "territory_as_of": day,
        "rules": {"scoring": {"green_from_bp": 8000, "red_below_bp": 5000, "unverified": ["green_from_bp"]}},
        "rules_digest": hashlib.sha256(b"rules").hexdigest(),
        "simulated": simulated,
        "made_at": datetime(2025, 9, 20, 3, tzinfo=UTC),
        "published_at": datetime(2025, 9, 22, 3, tzinfo=UTC),
        "content_hash": hashlib.sha256(label.encode()).hexdigest(),
        "signature": "ab" * 64,
        "key_id": "cd" * 32,
        "supersedes": None,
        "superseded_by": None,
        "closing_month": {"B04": 4, "B08": 8, "B12": 12}.get(label[-3:]),
        "year": int(label[:4]),
    }
    return Header(**said | changed)


def _territory(day: date) -> Iterable[UnitRow]:
    rows = [
        row
        for row in csv.DictReader((REFERENCE / "unit_versions.csv").read_text("utf-8").splitlines())
        if row["valid_from"] <= day.isoformat() and (not row["valid_to"] or row["valid_to"] > day.isoformat())
    ]
    codes = {row["unit_key"]: row["code"] for row in rows}
    for row in rows:
        parent = codes.get(row["parent_key"])
        level = "province" if row["type"] == "province" else "regency"
        office = f"kanwil-{parent or row['code']}"
        yield UnitRow(row["code"] or None, row["name"], row["type"], level, parent, office)


def _bodies() -> Iterable[UnitRow]:
    for n in range(1, 29):
        yield UnitRow(f"KL-{n:02}", f"Kementerian Urusan Nomor {n}", "ministry", "ministry", None, None)


def _counts(unit: UnitRow, label: str) -> Counts:
    if unit.parent_code == "31":
        return Counts()
    owed = ACTIONS[unit.level]
    if unit.level != "ministry" and _draw(unit.name, "silent", 6) == 0:
        return Counts(units=1, obligations=owed)
    reported = owed - _draw(unit.name, f"{label} missing", 3)
    achieved = reported - _draw(unit.name, f"{label} failed", 3)
    late = _draw(unit.name, f"{label} late", 2)
    verified = reported - _draw(unit.name, f"{label} unread", 2)
    return Counts(
        1, 1, owed, 0, reported, achieved, reported - late, 0, late, achieved, verified, verified * 9_125 // owed
    )


def _scaled(counts: Counts, n: int, parts: int) -> Counts:
    """The n-th obligation of a unit's."""
    there = {name: int(getattr(counts, name) >= n) for name in ("reported", "complete", "on_time", "late", "achieved")}
    owed = int(counts.obligations >= n)
    return Counts(units=owed, reporters=there["reported"], obligations=owed, verified=there["achieved"], score_bp=9_125 * there["achieved"], **there)  # fmt: skip


def _rows(
    counts: Counts,
    level: str,
    code: str | None,
    name: str,
    scope: str,
    *,
    group: str | None = None,
    action: str | None = None,
) -> list[Figure]:
    return [
        Figure(level, code, name, scope, group, action, f.figure, f.numerator, f.denominator, f.denominator_name)
        for f in figures(counts)
    ]


def _draw(name: str, purpose: str, below: int) -> int:
    return int(hashlib.sha256(f"{name} {purpose}".encode()).hexdigest(), 16) % below
