"""JSON: header, units, actions and figures, one of each in a line, so that two releases can be compared line by line."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ranham.release.formats.columns import ACTIONS, FIGURES, UNITS
from ranham.release.formats.published import SIMULATED, Published, told

NAMES = tuple(column.name for column in FIGURES)
ONCE = ("release", "simulated")
"""Columns that the header says for all."""


def write(published: Published, folder: Path) -> list[Path]:
    """Integers are numbers, percent is a string of a decimal; keys keep the order of the columns."""
    file = folder / f"{published.stem}.json"
    header = {"format": "ranham-release-figures/1", **told(published.header)}
    if published.header.simulated:
        header = {"banner": SIMULATED, **header}
    names = [name for name in NAMES if name not in ONCE]
    # Those that the header says stand last, so that a row is cut off before them.
    figures = (dict(zip(names, row, strict=False)) for row in published.rows)
    units = ({column.name: getattr(unit, column.name) for column in UNITS} for unit in published.units)
    actions = ({column.name: getattr(action, column.name) for column in ACTIONS} for action in published.actions)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{"release":' + json.dumps(header, ensure_ascii=False, allow_nan=False, indent=1))
        out.write(',\n"units":[\n' + ",\n".join(_lines(encode, units)))
        out.write('\n],\n"actions":[\n' + ",\n".join(_lines(encode, actions)))
        out.write('\n],\n"figures":[\n' + ",\n".join(_lines(encode, figures)) + "\n]}\n")
    return [file]


def _lines(encode: Any, rows: Iterable[dict[str, Any]]) -> Iterable[str]:
    return map(encode, rows)
