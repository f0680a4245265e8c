"""CSV after RFC 4180: UTF-8 without a byte-order mark, CRLF, a heading; figures, units and actions each in a file.

No byte-order mark: readers other than Excel take it for a part of the first heading, and for Excel there is the
workbook. Texts stay as they are, also one that begins with `=`: a spreadsheet may take it for a formula, the workbook
does not.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from ranham.release.formats.columns import ACTIONS, FIGURES, UNITS, Column
from ranham.release.formats.published import Published

WORD = {True: "true", False: "false"}


def write(published: Published, folder: Path) -> list[Path]:
    figures, units, actions = (folder / f"{published.stem}-{what}.csv" for what in ("figures", "units", "actions"))
    simulated = WORD[published.header.simulated]
    with figures.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([column.name for column in FIGURES])
        # The booleans as words of every reader; the number of the release and the flag stand last.
        writer.writerows((*row[:12], WORD[row[12]], WORD[row[13]], row[14], simulated) for row in published.rows)
    _write(units, UNITS, published.units)
    _write(actions, ACTIONS, published.actions)
    return [figures, units, actions]


def _write(file: Path, columns: tuple[Column, ...], rows: Iterable[object]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([column.name for column in columns])
        writer.writerows([getattr(row, column.name) for column in columns] for row in rows)
