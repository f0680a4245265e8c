"""DHIS2: data values as JSON and CSV, and the metadata they need.

What DHIS2 cannot hold is lost and said in each value's comment and in the data set's description: the period is the
closing month; percent and the denominator's name are not values; a suppressed value is left out.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from ranham.release.formats import dhis2_ids as ids
from ranham.release.formats.dhis2_metadata import metadata
from ranham.release.formats.published import Published

CSV_COLUMNS = (
    "dataelement", "period", "orgunit", "categoryoptioncombo", "attributeoptioncombo", "value", "storedby",
    "lastupdated", "comment", "followup",
)  # fmt: skip
Value = tuple[str, str, str | None, str]
"""Data element, organisation unit, category option combination and value."""


def write(published: Published, folder: Path) -> list[Path]:
    stem, period, comment = f"{published.stem}-dhis2", ids.period(published.header), said(published)
    values = list(_values(published))
    as_json, as_csv, described = (folder / f"{stem}-{end}" for end in ("values.json", "values.csv", "metadata.json"))
    # Put together by hand around the parts that repeat: these files have two values for each figure.
    tail = json.dumps(comment, ensure_ascii=False)
    with as_json.open("w", encoding="utf-8", newline="\n") as out:
        out.write('{"dataValues":[\n')
        out.write(",\n".join(
            f'{{"dataElement":"{element}","period":"{period}","orgUnit":"{unit}",'
            + (f'"categoryOptionCombo":"{combination}",' if combination else "")
            + f'"value":"{value}","comment":{tail}}}'
            for element, unit, combination, value in values
        ))  # fmt: skip
        out.write("\n]}\n")
    with as_csv.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(CSV_COLUMNS)
        writer.writerows(
            (element, period, unit, combination, None, value, None, None, comment, "false")
            for element, unit, combination, value in values
        )
    described.write_text(json.dumps(metadata(published), ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
    return [as_json, as_csv, described]


def said(published: Published) -> str:
    header = published.header
    words = f"{header.number}, territory as of {header.territory_as_of}"
    if header.closing_month is not None:
        words += f"; {header.label} is the state at the end of month {header.closing_month}, given as that month"
    return ("SIMULATED / SIMULASI; " if header.simulated else "") + words


def _values(published: Published) -> Iterator[Value]:
    for row in published.rows:
        by = ids.breakdown(row.target_group, row.action)
        unit = ids.place(row.level, row.unit_code, row.unit_name)
        combination = None if by == "total" else ids.option_combination(row.target_group, row.action)
        if row.numerator is not None:
            yield ids.element(row.figure, "numerator", row.scope, by), unit, combination, str(row.numerator)
        if row.denominator is not None:
            yield ids.element(row.figure, "denominator", row.scope, by), unit, combination, str(row.denominator)
