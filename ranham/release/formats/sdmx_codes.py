"""Code lists of SDMX: an identifier there has letters, digits, `_`, `@`, `$` and `-` only. Pure."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from ranham.release.content import Header
from ranham.release.formats.columns import FIGURE_NAMES
from ranham.release.formats.published import NATION, Published, Row

TOTAL = "_T"
"""All of them, as SDMX has it; the nation among areas."""
AGENCY = "RANHAM"


class Code(NamedTuple):
    id: str
    name: str
    parent: str | None = None


@cache
def spell(code: str) -> str:
    """One to one: a dot becomes `_`, every other sign that is not allowed `$` and its number; `01.10` is `01_10`."""
    if code.startswith("."):
        return "$002e" + spell(code[1:]) if len(code) > 1 else "$002e"
    return re.sub(r"[^A-Za-z0-9-]", lambda sign: "_" if sign[0] == "." else f"${ord(sign[0]):04x}", code) or "$"


def area(row: Row) -> str:
    if row.level == "national":
        return TOTAL
    return spell(row.unit_code) if row.unit_code is not None else "$" + spell(row.unit_name)


def code_lists(published: Published) -> dict[str, list[Code]]:
    rows = published.rows
    return {
        "CL_AREA": list(_areas(published)),
        "CL_LEVEL": [Code(level, level) for level in dict.fromkeys(row.level for row in rows)],
        "CL_SCOPE": [Code(scope, scope) for scope in dict.fromkeys(row.scope for row in rows)],
        "CL_TARGET_GROUP": list(_parts(row.target_group for row in rows)),
        "CL_ACTION": list(_parts((row.action for row in rows), published.titles)),
        "CL_FIGURE": [Code(f, FIGURE_NAMES.get(f, ("", f))[1]) for f in dict.fromkeys(row.figure for row in rows)],
        "CL_DENOMINATOR": [Code(spell(name), name) for name in dict.fromkeys(row.denominator_name for row in rows)],
        "CL_OBS_STATUS": [Code("A", "Normal value"), Code("Q", "Missing value; suppressed")],
    }


def period(header: Header) -> str:
    return str(header.year) if header.closing_month is None else f"{header.year}-{header.closing_month:02d}"


def version(header: Header) -> str:
    """Of the structures: year, closing month and version, so that a release never changes another's code lists."""
    extension = "-sandbox" if header.sandbox else ""
    return f"{header.year}.{header.closing_month or 0}.{header.version}{extension}"


def flow(header: Header) -> str:
    return f"FIGURES_{spell(header.regulation)}"


def _areas(published: Published) -> Iterator[Code]:
    parents = {u.code: u.parent_code for u in published.units}
    found = {TOTAL: NATION}
    above: dict[str, str] = {}
    for row in published.rows:
        key = area(row)
        found.setdefault(key, row.unit_name)
        parent = parents.get(row.unit_code) if row.unit_code is not None else None
        if parent is not None:
            above[key] = spell(parent)
    for unit in published.units:
        if unit.code is not None:
            found.setdefault(spell(unit.code), unit.name)
    for key, name in found.items():
        yield Code(key, name, above.get(key) if above.get(key) in found else None)


def _parts(parts: Iterator[str | None], names: Mapping[str, str] | None = None) -> Iterator[Code]:
    yield Code(TOTAL, "All / semua")
    for part in dict.fromkeys(parts):
        if part is not None:
            yield Code(spell(part), (names or {}).get(part, part))
