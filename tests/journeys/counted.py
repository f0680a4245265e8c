"""Figures of B08 counted with loops from the plan file and the report files alone, without the engine."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

Ratios = dict[tuple[str, str | None, str, str], tuple[int, int]]
"""(level, unit code, scope, figure) -> (numerator, denominator)."""

SCOPES = {"ministry": "ministries", "province": "provinces", "regency": "regencies"}


def counted(plan: Path, files: Iterable[Path], codes: Iterable[str]) -> Ratios:
    """National figures, those of provinces and their regencies, and those of every unit; `codes` are all units."""
    year = yaml.safe_load(plan.read_text("utf-8"))["years"][0]
    window = next(period["window"] for period in year["periods"] if period["code"] == "B08")
    measures = {
        action["code"]: {m["number"]: m for m in action["measures"] if m["period"] == "B08"}
        for action in year["actions"]
    }
    reports: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for file in files:
        for row in csv.DictReader(file.read_text("utf-8").splitlines()):
            reports[row["unit_code"], row["action_code"]].append(row)
    groups: dict[tuple[str, str | None, str], list[tuple[str, str]]] = defaultdict(list)
    for unit, action in _owed(year, list(codes)):
        level = _level(unit)
        groups[level, unit, "own"].append((unit, action))
        groups["national", None, SCOPES[level]].append((unit, action))
        groups["national", None, "pooled"].append((unit, action))
        if level == "regency":
            groups["province", unit[:2], "regencies"].append((unit, action))
    ratios: Ratios = {}
    for key, owed in groups.items():
        there = [(unit, reports[unit, action], measures[action]) for unit, action in owed if (unit, action) in reports]
        late = sum(_late(rows, window) for _, rows, _ in there)
        for figure, above in (
            ("completeness", len(there)),
            ("substantive_completeness", sum(_complete(rows, asked) for _, rows, asked in there)),
            ("on_time", len(there) - late),
            ("on_time_within_extension", 0),
            ("late", late),
            ("achievement", sum(_achieved(rows, asked) for _, rows, asked in there)),
        ):
            ratios[*key, figure] = (above, len(owed))
        units = len({unit for unit, _ in owed})
        ratios[*key, "participation"] = (len({unit for unit, _, _ in there}), units)
        # Nobody has verified anything yet.
        ratios[*key, "verified"], ratios[*key, "mean_score"] = (0, len(owed)), (0, units * 10_000)
    return ratios


def _owed(year: dict[str, Any], codes: list[str]) -> Iterable[tuple[str, str]]:
    for rule in year["obliged"]:
        left_out = {excluded["code"] for excluded in rule.get("exclude", [])}
        for unit in codes:
            included = rule["include"] == "all" or unit in rule["include"]
            if _level(unit) != rule["level"] or not included or unit in left_out:
                continue
            for action in year["actions"]:
                if rule["level"] in action["levels"] and unit in (action.get("units") or [unit]):
                    yield unit, action["code"]


def _level(code: str) -> str:
    return "ministry" if code.startswith("KL-") else "regency" if "." in code else "province"


def _late(rows: list[dict[str, str]], window: dict[str, Any]) -> bool:
    """After the last day of the window, on the clock of Jakarta or on that of the unit, in which its times are written."""
    sent = max(datetime.fromisoformat(row["submitted_at"]) for row in rows)
    zone = ZoneInfo("Asia/Jakarta") if window["zone_rule"] == "jakarta" else sent.tzinfo
    return sent >= datetime.combine(date.fromisoformat(str(window["closes_on"])) + timedelta(days=1), time(), zone)


def _complete(rows: list[dict[str, str]], asked: dict[int, dict[str, Any]]) -> bool:
    answered = {int(row["measure_no"]) for row in rows}
    needs_evidence = [
        row for row in rows if row["answer"] in ("achieved", "partly") and asked[int(row["measure_no"])]["evidence"]
    ]
    return _required(asked) <= answered and all(row["evidence"] for row in needs_evidence)


def _achieved(rows: list[dict[str, str]], asked: dict[int, dict[str, Any]]) -> bool:
    return _required(asked) <= {int(row["measure_no"]) for row in rows if row["answer"] == "achieved"}


def _required(asked: dict[int, dict[str, Any]]) -> set[int]:
    return {number for number, measure in asked.items() if measure["required"]}
