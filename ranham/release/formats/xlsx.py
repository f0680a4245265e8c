"""An Excel workbook: a sheet on methods, a sheet for each level, the units, the actions. Values only, no formulas.

Texts are written as texts, so that `=1+1` stays four letters and `01.10` keeps its zeros. The workbook is written as
a stream and carries the release's time, never the clock's, so that one release has one spelling.
"""

from datetime import UTC
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from ranham.release.formats.columns import ACTION_TITLE, ACTIONS, FIGURES, UNITS, Column, figure_name
from ranham.release.formats.methods import describe
from ranham.release.formats.published import SIMULATED, Published, Row

SHEETS = {
    "national": "Nasional - National",
    "ministry": "KL - Ministries",
    "province": "Provinsi - Provinces",
    "regency": "Kab-Kota - Regencies",
    "office": "Kanwil - Offices",
}
WIDTHS = {
    "unit_name": 36,
    "denominator_name": 30,
    "figure": 34,
    "target_group": 18,
    "code": 12,
    "name": 36,
    "type": 22,
    "title": 90,
    "action_title": 60,
}
HIDDEN = "disembunyikan / suppressed"
SHOWN = (*(column for column in FIGURES if column.name not in ("level", "release", "simulated")), ACTION_TITLE)
COLUMN = {column.name: number for number, column in enumerate(SHOWN)}


def write(published: Published, folder: Path) -> list[Path]:
    file = folder / f"{published.stem}.xlsx"
    book = Workbook(str(file), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    header = published.header
    book.set_properties(
        {
            "title": f"RANHAM {header.number}",
            "comments": SIMULATED if header.simulated else "",
            "created": header.made_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    formats = _formats(book)
    _methods(book, published, formats)
    by_level: dict[str, list[Row]] = {level: [] for level in SHEETS}
    for row in published.rows:
        by_level.setdefault(row.level, []).append(row)
    for level, rows in by_level.items():
        if rows:
            sheet = _sheet(book, published, SHEETS.get(level, level), SHOWN, formats, count=len(rows))
            _rows(sheet, rows, formats, published.titles)
    lists = (("Instansi - Units", UNITS, published.units), ("Aksi - Actions", ACTIONS, published.actions))
    for name, columns, listed in lists:
        if listed or columns is UNITS:
            sheet = _sheet(book, published, name, columns, formats, count=len(listed))
            for number, each in enumerate(listed, TOP):
                for at, column in enumerate(columns):
                    sheet.write_string(number, at, getattr(each, column.name) or "")
    book.close()
    return [file]


TOP = 2
"""Rows above the figures: what the release is, then the headings."""


def _formats(book: Workbook) -> dict[str, Any]:
    return {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#D9E2EC", "bottom": 1}),
        "banner": book.add_format({"bold": True, "font_color": "#9C0006", "bg_color": "#FFC7CE"}),
        "title": book.add_format({"bold": True}),
        "count": book.add_format({"num_format": "#,##0"}),
        "percent": book.add_format({"num_format": "0.00"}),
        "wrong": book.add_format({"bold": True, "font_color": "#9C0006"}),
        "hidden": book.add_format({"italic": True, "font_color": "#7F7F7F"}),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
    }  # fmt: skip


def _sheet(  # noqa: PLR0913 - what a sheet is
    book: Workbook, published: Published, name: str, columns: tuple[Column, ...], formats: dict[str, Any], *, count: int
) -> Any:
    sheet = book.add_worksheet(name)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, WIDTHS.get(column.name, 14))
    header = published.header
    sheet.write_string(0, 0, f"{header.number}  {SIMULATED if header.simulated else ''}".strip(), formats["banner" if header.simulated else "title"])  # fmt: skip
    sheet.set_row(1, 32)
    for at, column in enumerate(columns):
        sheet.write_string(1, at, f"{column.indonesian} / {column.english}", formats["heading"])
    sheet.freeze_panes(TOP, 0)
    sheet.autofilter(1, 0, max(count + 1, TOP), len(columns) - 1)
    sheet.repeat_rows(0, 1)
    sheet.set_landscape()
    return sheet


def _rows(sheet: Any, rows: list[Row], formats: dict[str, Any], titles: dict[str, str]) -> None:
    """Cell by cell with the writer of its kind: the general one looks at every value first."""
    text, number = sheet.write_string, sheet.write_number
    count, percent, wrong, hidden = (formats[name] for name in ("count", "percent", "wrong", "hidden"))
    names = {row.figure: figure_name(row.figure) for row in rows}
    for at, row in enumerate(rows, TOP):
        number(at, 0, row.position)
        text(at, 1, row.unit_code or "")
        text(at, 2, row.unit_name)
        text(at, 3, row.scope)
        if row.target_group is not None:
            text(at, 4, row.target_group)
        if row.action is not None:
            text(at, 5, row.action)
        text(at, 6, names[row.figure])
        style = wrong if row.impossible else count
        if row.numerator is None:
            text(at, 7, HIDDEN, hidden)
        else:
            number(at, 7, row.numerator, style)
        if row.denominator is None:
            text(at, 8, HIDDEN, hidden)
        else:
            number(at, 8, row.denominator, count)
        text(at, 9, row.denominator_name)
        if row.percent is not None:
            number(at, 10, float(row.percent), wrong if row.impossible else percent)
        if row.impossible:
            text(at, 11, "MUSTAHIL / IMPOSSIBLE", wrong)
        if row.suppressed:
            text(at, 12, HIDDEN, hidden)
        if row.action in titles:
            text(at, 13, titles[row.action])


def _methods(book: Workbook, published: Published, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Metode - Methods")
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 90)
    for at, (style, name, said) in enumerate(describe(published)):
        sheet.write_string(at, 0, name, formats[style])
        sheet.write_string(at, 1, said, formats["wrapped" if style == "wrapped" else style])
    sheet.freeze_panes(1, 0)
