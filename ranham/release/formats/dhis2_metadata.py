"""Metadata for DHIS2: organisation units with their groups, categories, data elements and the data set.

Lengths and uniqueness are those of the Web API: names up to 230 characters, short names and codes up to 50, names and
codes of data elements and options unique. Data elements do not aggregate: the release has the sums, and DHIS2 would
count a province's regencies into it once more.
"""

import hashlib
from typing import Any

from ranham.release.formats import dhis2_ids as ids
from ranham.release.formats.columns import FIGURE_NAMES
from ranham.release.formats.published import NATION, SIMULATED, Published, Row

LONGEST, SHORT = 230, 50
ROOT = ids.place("national", None, NATION)


def metadata(published: Published) -> dict[str, Any]:
    units = _units(published)
    options = _options(published.rows, published.titles)
    elements = _elements(published.rows)
    return {
        "organisationUnits": units,
        "organisationUnitGroups": _groups(units),
        **options,
        "dataElements": elements,
        "dataSets": [_data_set(published, units, elements)],
    }


def _units(published: Published) -> list[dict[str, Any]]:
    """Indonesia, then what is below it; parents before their children, as an import needs them."""
    # DHIS2 refuses values of a period before a unit opened, and a release may be recast on a later territory.
    opened = f"{published.header.year}-01-01"
    found: dict[str, dict[str, Any]] = {
        ROOT: {"id": ROOT, "name": NATION, "shortName": NATION, "code": "ID", "openingDate": opened}
    }
    provinces = {u.code: ids.place(u.level, u.code, u.name) for u in published.units if u.level == "province"}
    titles: dict[tuple[str, str | None], str] = {
        (r.level, r.unit_code): r.unit_name for r in published.rows if r.unit_code is not None
    }
    named = [(u.level, u.code, titles.get((u.level, u.code), u.name), u.parent_code) for u in published.units]
    named += [(r.level, r.unit_code, r.unit_name, None) for r in published.rows if r.level != "national"]
    for level, code, name, parent in sorted(named, key=lambda unit: unit[0] == "regency"):
        key = ids.place(level, code, name)
        if key in found:
            continue
        said: dict[str, Any] = {"id": key, **_called(name), "openingDate": opened}
        if code is not None:
            said["code"] = _cut(code, SHORT)
        above = provinces.get(parent, ROOT) if parent is not None else ROOT
        found[key] = {**said, "parent": {"id": above}, "comment": level}
    return list(found.values())


def _groups(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_level: dict[str, list[dict[str, str]]] = {}
    for unit in units:
        by_level.setdefault(str(unit.get("comment", "national")), []).append({"id": unit["id"]})
    return [
        {"id": ids.uid("group", level), **_called(f"RANHAM {level}"), "organisationUnits": members}
        for level, members in by_level.items()
    ]


def _options(rows: list[Row], titles: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    parts = dict.fromkeys((row.target_group, row.action) for row in rows if row.target_group or row.action)
    by: dict[str, list[tuple[str | None, str | None]]] = {}
    for part in parts:
        by.setdefault(ids.breakdown(*part), []).append(part)
    names = {part: _option_name(*part, titles) for part in parts}
    return {
        "categoryOptions": [{"id": ids.option(*part), **_called(name)} for part, name in names.items()],
        "categories": [
            {"id": ids.uid("category", kind), **_called(f"RANHAM {kind}"), "dataDimensionType": "DISAGGREGATION",
             "dataDimension": True, "categoryOptions": [{"id": ids.option(*part)} for part in of]}
            for kind, of in by.items()
        ],
        "categoryCombos": [
            {"id": ids.uid("combination", kind), "name": f"RANHAM {kind}", "dataDimensionType": "DISAGGREGATION",
             "skipTotal": False, "categories": [{"id": ids.uid("category", kind)}]}
            for kind in by
        ],
        "categoryOptionCombos": [
            {"id": ids.option_combination(*part), "name": names[part],
             "categoryCombo": {"id": ids.uid("combination", kind)}, "categoryOptions": [{"id": ids.option(*part)}]}
            for kind, of in by.items() for part in of
        ],
    }  # fmt: skip


def _option_name(target_group: str | None, action: str | None, titles: dict[str, str]) -> str:
    said = [f"target group {target_group}"] if target_group is not None else []
    if action is not None:
        said.append(f"action {action}" + (f": {titles[action]}" if action in titles else ""))
    return _cut(" ".join(["RANHAM", *said]), LONGEST)


def _elements(rows: list[Row]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        by = ids.breakdown(row.target_group, row.action)
        for side in ("numerator", "denominator"):
            key = ids.element(row.figure, side, row.scope, by)
            if key in found:
                continue
            english = FIGURE_NAMES.get(row.figure, ("", row.figure))[1]
            name = f"RANHAM {english}, {side}, {row.scope}, {'total' if by == 'total' else 'by ' + by}"
            found[key] = {
                "id": key, **_called(name), "code": f"RANHAM_{key}", "domainType": "AGGREGATE",
                "valueType": "INTEGER_ZERO_OR_POSITIVE", "aggregationType": "NONE", "zeroIsSignificant": True,
                "description": f"{row.figure}: {side}; the denominator counts {row.denominator_name}.",
                "categoryCombo": {"id": ids.DEFAULT_COMBINATION if by == "total" else ids.uid("combination", by)},
            }  # fmt: skip
    return list(found.values())


def _data_set(published: Published, units: list[dict[str, Any]], elements: list[dict[str, Any]]) -> dict[str, Any]:
    header = published.header
    kind = ids.period_type(header)
    lost = (
        "DHIS2 has no period of four months: B04, B08 and B12 are given as their closing month, and are the state "
        "at its end, not what happened in it. Percent, the denominator's name of each value, versions, rules and the "
        "signature are in the other formats of the release. Suppressed values are left out."
    )
    return {
        "id": ids.uid("data set", header.regulation, kind),
        **_called(f"RANHAM figures {header.regulation} {kind}"),
        "periodType": kind,
        "categoryCombo": {"id": ids.DEFAULT_COMBINATION},
        "description": (SIMULATED + ". " if header.simulated else "") + lost,
        "dataSetElements": [{"dataElement": {"id": element["id"]}} for element in elements],
        "organisationUnits": [{"id": unit["id"]} for unit in units],
    }


def _called(name: str) -> dict[str, str]:
    """A short name is unique as well, so a name that has to be cut ends with a digest of the whole."""
    return {"name": _cut(name, LONGEST), "shortName": _cut(name, SHORT)}


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 9]} {hashlib.sha256(name.encode()).hexdigest()[:8]}"
