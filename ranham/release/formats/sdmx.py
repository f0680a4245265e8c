"""SDMX: the figures as SDMX-CSV 2.0 and their structure as SDMX-ML 3.0, which belong together.

The observed value is the numerator; the denominator, its name and the percent are attributes.
"""

import csv
from pathlib import Path

from ranham.release.formats import sdmx_codes as codes
from ranham.release.formats.published import Published
from ranham.release.formats.sdmx_structure import ATTRIBUTES, DIMENSIONS, structure

HEADINGS = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *ATTRIBUTES)


def write(published: Published, folder: Path) -> list[Path]:
    header = published.header
    data, described = folder / f"{published.stem}-sdmx.csv", folder / f"{published.stem}-sdmx-structure.xml"
    flow = f"{codes.AGENCY}:{codes.flow(header)}({codes.version(header)})"
    period, simulated = codes.period(header), "true" if header.simulated else "false"
    spell, total = codes.spell, codes.TOTAL
    with data.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        writer.writerows(
            (
                "dataflow", flow, "I", row.level, codes.area(row), row.scope,
                total if row.target_group is None else spell(row.target_group),
                total if row.action is None else spell(row.action),
                row.figure, period, row.numerator, row.denominator, spell(row.denominator_name), row.percent,
                "Q" if row.suppressed else "A", header.label, header.number, simulated,
            )
            for row in published.rows
        )  # fmt: skip
    described.write_text(structure(published), "utf-8", newline="\n")
    return [data, described]
