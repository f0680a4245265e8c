"""The tile map: one square of equal size for each of the 38 provinces, roughly where it lies. The layout is ours."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from ranham.release.content import Figure, UnitRow
from ranham.release.documents.indonesian import NONE, decimal
from ranham.release.documents.selection import Selection

LAYOUT = Path(__file__).parent / "tile_map.csv"
STEPS = 5
"""Shades, each of twenty percent."""


def tiles(chosen: Selection, value: Callable[[UnitRow], Figure | None]) -> list[dict[str, Any]]:
    """Every tile of the layout; a province that does not stand on the release's day, or owes nothing, has no shade."""
    provinces = chosen.units("province")
    by_code = {unit.code: unit for unit in provinces if unit.code}
    by_name = {unit.name: unit for unit in provinces}
    made = []
    for place in csv.DictReader(LAYOUT.read_text("utf-8").splitlines()):
        unit = by_code.get(place["code"]) or by_name.get(place["name"])
        figure = value(unit) if unit else None
        share = figure.percent if figure else None
        made.append(
            {
                "short": place["short"],
                "row": int(place["row"]),
                "column": int(place["column"]),
                "value": decimal(share) if share is not None else NONE,
                "shade": None if share is None else _shade(share),
            }
        )
    return made


def _shade(share: Decimal) -> int:
    return max(0, min(STEPS - 1, int(share) // (100 // STEPS)))
