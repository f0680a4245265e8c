"""An invented regulation after RANHAM V: the shipped frame for the coming one, filled in. No text of it is real.

What it shares with RANHAM V is what can be mixed up: the year, the label B08 and the action code D1.
"""

from pathlib import Path
from typing import Any

import yaml

from ranham.plan.source import plan_path

JAKARTA_CITIES = ("31.01", "31.71", "31.72", "31.73", "31.74", "31.75")


def coming_plan() -> dict[str, Any]:
    """Version 1: 34 x 1 obligations of provinces, 508 x 2 of regencies/cities, 2 + 2 + 1 of three K/L."""
    plan: dict[str, Any] = yaml.safe_load(plan_path("template-coming-regulation").read_text("utf-8"))
    _fill(
        plan["regulation"],
        code="RANHAM-VI",
        generation="VI",
        title="Peraturan rekaan untuk pengujian",
        instrument="Tidak ada",
        valid_from_year=2022,
        valid_to_year=2026,
    )
    _fill(
        plan,
        target_groups=[_group("lansia"), _group("pekerja-migran"), _group("anak")],
        objectives=[{"code": "S1", "text_id": "Sasaran rekaan"}],
        bodies=[{"code": f"KL-0{number}", "name": f"K/L {number}"} for number in (1, 2, 3)],
    )
    year = plan["years"][0]
    excluded = [{"code_system": "kemendagri", "code": code, "reason": "bukan daerah otonom"} for code in JAKARTA_CITIES]
    _fill(
        year,
        year=2022,
        territory_as_of="2022-01-01",
        obliged=[
            {"level": "ministry", "include": ["KL-01", "KL-02", "KL-03"]},
            {"level": "province", "include": "all"},
            {"level": "regency", "include": "all", "exclude": excluded},
        ],
        periods=[
            {"code": "B03", "closing_month": 3},
            period(8, "2022-09-05", "2022-09-15", zone_rule="unit"),
            {"code": "B11", "closing_month": 11},
        ],
        actions=[
            action("D1", "lansia", ["province", "regency"]),
            action("D2", "pekerja-migran", ["regency"]),
            action("K1", "anak", ["ministry"]),
            action("K2", "anak", ["ministry"], units=["KL-01", "KL-02"]),
        ],
    )
    _fill(
        year["scoring"],
        administrative_weight_bp=5000,
        substantive_weight_bp=5000,
        missing_scores_zero=True,
        green_from_bp=7000,
        red_below_bp=4000,
    )
    return plan


def amended_plan() -> dict[str, Any]:
    """Version 2, in the middle of the year: other actions, groups, window and units, and a period more."""
    plan = coming_plan()
    year = plan["years"][0]
    year["obliged"][1] = {"level": "province", "include": ["36", "53"]}
    year["periods"][1] = period(8, "2022-09-05", "2022-12-31", zone_rule="jakarta")
    year["periods"].insert(2, period(10, "2022-09-20", "2022-12-31", zone_rule="jakarta"))
    year["actions"] = [
        action("D1", "anak", ["province"]),
        action("D9", "lansia", ["province", "regency"]),
        *year["actions"][2:],
    ]
    return plan


def write_plan(plan: dict[str, Any], path: Path) -> Path:
    path.write_text(yaml.safe_dump(plan, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def period(month: int, opens_on: str, closes_on: str, *, zone_rule: str) -> dict[str, Any]:
    window = {"opens_on": opens_on, "closes_on": closes_on, "zone_rule": zone_rule, "verified": False}
    return {"code": f"B{month:02}", "closing_month": month, "window": window}


def action(code: str, group: str, levels: list[str], *, units: list[str] | None = None) -> dict[str, Any]:
    """Three measures in B08, of which one need not be answered, and one that wants evidence."""
    return {
        "code": code,
        "title_id": f"Aksi rekaan {code}",
        "text_in_sources": False,
        "target_group": group,
        "objective": "S1",
        "levels": levels,
        "units": units or [],
        "measures": [
            _measure("B03", 1, required=True),
            _measure("B08", 1, required=True),
            _measure("B08", 2, required=False),
            _measure("B08", 3, required=True, evidence=["foto"]),
        ],
    }


def _measure(period_code: str, number: int, *, required: bool, evidence: list[str] | None = None) -> dict[str, Any]:
    return {
        "period": period_code,
        "number": number,
        "text_id": "Ukuran rekaan",
        "unit_of_measure": "dokumen",
        "required": required,
        "evidence": evidence or [],
        "text_in_sources": False,
    }


def _group(code: str) -> dict[str, str]:
    return {"code": code, "name_id": code, "name_en": code}


def _fill(part: dict[str, Any], **values: Any) -> None:
    """Only what the frame leaves to be filled."""
    assert set(values) <= set(part)
    part.update(values)
