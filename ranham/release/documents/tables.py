"""Rows of the report's tables, as text that is ready to print."""

from typing import Any

from ranham.release.content import Figure, UnitRow
from ranham.release.documents.indonesian import (
    FIGURES,
    NONE,
    SCOPES,
    count,
    decimal,
    denominator_name,
    figure_name,
    percent,
    ratio,
)
from ranham.release.documents.scores import Scores
from ranham.release.documents.selection import Selection, in_order, title

SCORES = ("mean_score", "annual_score")


def cell(figure: Figure | None) -> dict[str, Any]:
    """Percent, and below it what it is a share of; of a mean score only its value and the number of units."""
    if figure is not None and figure.figure in SCORES and not figure.impossible:
        units = f"{count(figure.denominator // 10_000)} instansi" if figure.scope != "own" else ""
        return {"percent": decimal(figure.percent), "ratio": units}
    return {"percent": percent(figure), "ratio": ratio(figure)}


def national(chosen: Selection, scores: Scores) -> list[dict[str, Any]]:
    figures = [f for f in chosen.content.figures if f.level == "national" and not f.target_group and not f.action]
    denominators = {f.figure: f.denominator_name for f in figures}
    rows = [
        {
            "figure": figure_name(name),
            "of": denominator_name(denominators[name]),
            "cells": [cell(chosen.national(name, scope)) for scope in SCOPES],
        }
        for name in in_order(denominators, FIGURES)
    ]
    if scores.figure not in denominators:
        cells = [cell(scores.national(scope)) for scope in SCOPES]
        rows.append({"figure": figure_name(scores.figure), "of": "rata-rata instansi menurut periode", "cells": cells})
    return rows


def provinces(chosen: Selection, scores: Scores) -> list[dict[str, Any]]:
    """Every province that stands: what it did itself, apart from what its regencies did."""
    return [
        {
            "code": unit.code or NONE,
            "name": title(unit),
            "silent": _silent(chosen.unit(unit, "participation")),
            "own": [
                *(cell(chosen.unit(unit, name)) for name in ("completeness", "achievement")),
                cell(scores.unit(unit)),
            ],
            "below": [
                cell(chosen.unit(unit, name, "regencies")) for name in ("participation", "achievement", "mean_score")
            ],
        }
        for unit in chosen.units("province")
    ]


def bars(chosen: Selection) -> list[dict[str, Any]]:
    """Achievement of provinces and of their regencies, the highest of the regencies first."""
    found = []
    for unit in chosen.units("province"):
        own, below = chosen.unit(unit, "achievement"), chosen.unit(unit, "achievement", "regencies")
        found.append((below.percent if below else None, title(unit), own.percent if own else None))
    found.sort(key=lambda each: (each[0] is None, -(each[0] or 0), each[1]))
    return [{"name": name, "own": _bar(own), "below": _bar(below)} for below, name, own in found]


def by_part(chosen: Selection, kind: str) -> list[dict[str, Any]]:
    """National figures by target group or by action, each level that owes it in a row of its own; pooled if several do."""
    made = []
    for name in chosen.groups() if kind == "group" else chosen.actions():
        rows = []
        for scope, shown in SCOPES.items():
            cells = [
                chosen.national(figure, scope, **{kind: name}) for figure in ("completeness", "on_time", "achievement")
            ]
            if any(found and found.denominator for found in cells):
                shown_name = chosen.action_name(name) if kind == "action" else _part_name(name)
                rows.append({"name": shown_name, "scope": shown, "cells": [cell(found) for found in cells]})
        alone = len(rows) == 2 and rows[1]["scope"] == SCOPES["pooled"]
        made += rows[:1] if alone else rows
    return made


def regencies(chosen: Selection, scores: Scores) -> list[dict[str, Any]]:
    """Every regency and city under its province; those without a province on that day come last."""
    found = chosen.units("regency")
    provinces_there = chosen.units("province")
    known = {unit.code for unit in provinces_there if unit.code}
    blocks = [(title(unit), chosen.regencies_of(unit)) for unit in provinces_there]
    blocks.append(("Tanpa kode provinsi pada tanggal wilayah", [u for u in found if u.parent_code not in known]))
    return [
        {"province": name, "rows": [regency(chosen, unit, scores) for unit in units]} for name, units in blocks if units
    ]


def regency(chosen: Selection, unit: UnitRow, scores: Scores) -> dict[str, Any]:
    participation = chosen.unit(unit, "participation")
    return {
        "code": unit.code or NONE,
        "name": title(unit),
        "obliged": bool(participation and participation.denominator),
        "silent": _silent(participation),
        "reported": ratio(chosen.unit(unit, "completeness")),
        "on_time": ratio(chosen.unit(unit, "on_time")),
        "achieved": ratio(chosen.unit(unit, "achievement")),
        "percent": percent(chosen.unit(unit, "achievement")),
        "score": cell(scores.unit(unit))["percent"],
    }


def _part_name(name: str) -> str:
    return "tanpa kelompok sasaran" if name == "(none)" else name


def _silent(participation: Figure | None) -> bool:
    return bool(participation and participation.denominator and not participation.numerator)


def _bar(share: Any) -> dict[str, str] | None:
    return None if share is None else {"length": f"{min(share, 100):.2f}", "value": decimal(share)}
