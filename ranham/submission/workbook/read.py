"""From bytes to a book, or a refusal that says why. Values only: nothing of a file is computed, followed or run."""

import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from pydantic import ValidationError

from ranham.kernel.errors import Finding
from ranham.submission.spreadsheet import BROKEN
from ranham.submission.workbook import columns as col
from ranham.submission.workbook.book import FORMAT, MOST_LINES, Book, Line, LineStamp, Stamp, Typed, checksum
from ranham.submission.workbook.defences import check, load
from ranham.submission.workbook.findings import WorkbookRefused, refusal

MOST_GUIDE, MOST_FILES = 100, 1_100
AFTERWARDS = 1_000
"""Rows below the table that are looked at for answers that would be lost."""
MOST_NUMBER = 10**300
"""Beyond it Python's numbers, which have no end, are no spreadsheet's any more; nor is what is not finite."""
_ESCAPED = re.compile("_x(000D|005F)_", re.IGNORECASE)
"""Excel writes a carriage return as _x000D_, and so a typed _x0041_ as _x005F_x0041_. Nobody types the others."""
_HOSTILE = (*BROKEN, ArithmeticError, RuntimeError, AssertionError)
"""What openpyxl raises over workbooks that somebody made by hand."""


def read(data: bytes, name: str) -> Book:
    """The workbook as it was filled in. Raises `WorkbookRefused`, also where its rows are not those it was made with."""
    check(data, name)
    with warnings.catch_warnings():
        # What another program added to the file is not read, and is no news to anybody.
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(BytesIO(data), read_only=True, keep_links=False)
            return _book(book, name)
        except _HOSTILE as error:
            words = f"bukan buku kerja yang utuh / no whole workbook ({type(error).__name__}: {error})"
            raise refusal(name, words[:300], "lembar laporan RANHAM / a workbook made by RANHAM") from error


def period_of(path: Path) -> str:
    """Label of the period that a workbook is of, with its regulation."""
    stamp = read(load(path), path.name).stamp
    return f"{stamp.regulation}:{stamp.period}"


def _book(book: Workbook, name: str) -> Book:
    missing = [t for t in (col.GUIDE, col.ANSWERS, col.EVIDENCE, col.MACHINE) if t not in book.sheetnames]
    if missing:
        expected = "lembar laporan RANHAM, semua lembarnya / a workbook made by RANHAM, with all its sheets"
        raise refusal(name, f"tidak ada lembar / no sheet: {', '.join(missing)}", expected)
    stamp, sum_, stamps = _machine(book, name)
    title, lines = _lines(book, stamps, name)
    if sum_ != checksum(stamp, lines):
        found = "data tersembunyi atau teks ukuran telah diubah / hidden data or texts of measures were changed"
        raise refusal(name, found, "isi hanya kolom jawaban, nilai, catatan / only answers, values, notes filled in")
    guide = [(row[0], row[1]) for row in _texts(book, col.GUIDE, 2, MOST_GUIDE)]
    files = [tuple(row) for row in _texts(book, col.EVIDENCE, len(col.FILES), MOST_FILES)][1:]
    return Book(title, tuple(guide), tuple(lines), tuple(files), stamp)


def _machine(book: Workbook, name: str) -> tuple[Stamp, str, list[LineStamp]]:
    rows = [row[0] for row in _texts(book, col.MACHINE, 1, MOST_LINES + 3)]
    while rows and not rows[-1]:
        rows.pop()
    try:
        head, sum_, *rest = rows
        stamp = Stamp.model_validate_json(head)
        if stamp.format != FORMAT:
            found = f"format {stamp.format}"
            raise refusal(name, found, f"format {FORMAT}; unduh lembar baru / get a new workbook")
        stamps = [LineStamp.model_validate_json(row) for row in rest]
    except (ValidationError, ValueError) as error:
        found = "data tersembunyi tidak terbaca / hidden data that cannot be read"
        raise refusal(name, found, f"format {FORMAT}; unduh lembar baru / get a new workbook") from error
    if not 0 < len(stamps) <= MOST_LINES or len({(s.action, s.number) for s in stamps}) < len(stamps):
        raise refusal(name, f"{len(stamps)} baris / rows", f"1 .. {MOST_LINES}, masing-masing sekali / each once")
    return stamp, sum_, stamps


def _lines(book: Workbook, stamps: list[LineStamp], name: str) -> tuple[str, list[Line]]:
    width, last = len(col.COLUMNS), col.HEAD_ROW + len(stamps)
    rows = [list(row) for row in book[col.ANSWERS].iter_rows(max_row=last + AFTERWARDS, max_col=width)]
    heads = [_text(cell) for cell in rows[col.HEAD_ROW - 1]] if len(rows) >= col.HEAD_ROW else []
    if heads != [column.heading for column in col.COLUMNS]:
        expected = f"baris / row {col.HEAD_ROW}: {', '.join(column.heading for column in col.COLUMNS)}"
        raise refusal(f"{name}, {col.ANSWERS}", "judul kolom lain / other headings", expected)
    lines, moved = [], []
    for at, stamp in enumerate(stamps, start=col.HEAD_ROW):
        cells = rows[at] if at < len(rows) else []
        fixed = tuple(_text(cell) for cell in cells[: len(col.FIXED)])
        if (fixed[0:1], fixed[2:3]) != ((stamp.action,), (str(stamp.number),)):
            shown = f"{'/'.join([*fixed[0:1], *fixed[2:3]]) or '-'}"
            moved.append(Finding(f"{name}, {col.ANSWERS} {at + 1}", shown, f"{stamp.action}/{stamp.number}"))
        else:
            lines.append(Line(fixed, tuple(_typed(cell) for cell in cells[len(col.FIXED) :]), stamp))
    added = [number for number, cells in enumerate(rows[last:], start=last + 1) if any(map(_text, cells))]
    if moved or added:
        below = [
            Finding(f"{name}, {col.ANSWERS} {n}", "baris tambahan / an added row", "tidak ada / none") for n in added
        ]
        why = Finding(name, "baris dipindah / rows were moved", "urutan semula / the order that it was made with")
        raise WorkbookRefused([why, *moved[:5], *below[:5]])
    return _text(rows[0][0]), lines


def _texts(book: Workbook, title: str, width: int, most: int) -> Iterator[list[str]]:
    for row in book[title].iter_rows(max_row=most, max_col=width):
        yield [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _said(value).strip()


def _typed(cell: Any) -> Typed:
    value = cell.value
    match cell.data_type:
        case "f":
            return Typed(_said(getattr(value, "text", value)), "formula")
        case "e":
            return Typed(str(value), "error")
        case "n" if isinstance(value, int | float) and not abs(value) < MOST_NUMBER:
            return Typed(_said(value), "other")
        case "n" if isinstance(value, int | float) and not isinstance(value, bool):
            return Typed(value, "percent" if "%" in (cell.number_format or "") else "number")
        case "s" | "n":
            return Typed(None if value is None else _said(value))
        case _:
            return Typed(_said(value), "other")


def _said(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    said = re.sub(_ESCAPED, lambda match: chr(int(match[1], 16)), str(value))
    return said.replace("\r\n", "\n")
