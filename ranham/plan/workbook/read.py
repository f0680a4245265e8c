"""From the workbook to a plan. Everything keeps its cell, so that a finding can name sheet, row and column."""

import zipfile
from pathlib import Path as FilePath
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from ranham.plan.findings import Finding, PlanRefused, accept
from ranham.plan.references import Path
from ranham.plan.schemas import PlanFile
from ranham.plan.workbook import columns as col
from ranham.plan.workbook.cells import READERS, as_it_is, blank

Raw = dict[str, Any]
Parents = dict[tuple[Any, ...], tuple[Raw, Path]]
"""Records by the key with which their rows are named in other sheets."""


class _Reading:
    """One workbook on its way in: rows become records, paths remember cells, findings gather."""

    def __init__(self, name: str, book: Workbook) -> None:
        self.name = name
        self.book = book
        self.places: dict[Path, str] = {}
        self.findings: list[Finding] = []

    def rows(self, sheet: col.Sheet) -> list[tuple[int, Raw, dict[str, str]]]:
        """Row number, record by field name, and the place of each field's cell."""
        if sheet.title not in self.book.sheetnames:
            self.findings.append(Finding(self.name, "no such sheet", f"a sheet {sheet.title}"))
            return []
        lines = self.book[sheet.title].iter_rows(values_only=True)
        heads = [str(value).strip() if value is not None else "" for value in next(lines, ())]
        known = {column.heading: column for column in sheet.columns}
        for index, head in enumerate(heads, start=1):
            if head and (head not in known or head in heads[: index - 1]):
                where = f"{self.name}, sheet {sheet.title}, row 1, column {get_column_letter(index)}"
                self.findings.append(Finding(where, head, f"once each of: {', '.join(known)}"))
        for head in known.keys() - set(heads):
            where = f"{self.name}, sheet {sheet.title}, row 1"
            self.findings.append(Finding(where, "no such column", f"a column {head}"))
        filled = []
        for number, line in enumerate(lines, start=2):
            if all(blank(value) for value in line):
                continue
            record, cells = {}, {}
            for index, (head, value) in enumerate(zip(heads, line, strict=False), start=1):
                if (column := known.get(head)) is None:
                    continue
                at = f"row {number}, column {get_column_letter(index)} ({head})"
                cells[column.field] = f"{self.name}, sheet {sheet.title}, {at}"
                if not blank(value):
                    record[column.field] = READERS.get(column.kind, as_it_is)(value)
            filled.append((number, record, cells))
        return filled

    def keep(self, fields: Raw, cells: dict[str, str], at: Path) -> Raw:
        """The record without its parents' keys, `window.opens_on` nested; places remembered under `at`."""
        record: Raw = {}
        self.places[at] = next(iter(cells.values())).partition(", column")[0]
        for field, cell in cells.items():
            parts = field.split(".")
            self.places[(*at, *parts)] = cell
            if len(parts) > 1:
                self.places.setdefault((*at, parts[0]), cell)
        for field, value in fields.items():
            head, _, rest = field.partition(".")
            if rest:
                record.setdefault(head, {})[rest] = value
            else:
                record[head] = value
        return record

    def place(self, at: Path) -> str:
        for length in range(len(at), 0, -1):
            if at[:length] in self.places:
                return self.places[at[:length]]
        return self.name


def read_workbook(path: FilePath | str) -> PlanFile:
    path = FilePath(path)
    try:
        book = load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise PlanRefused([Finding(path.name, f"no readable workbook ({error})", "an .xlsx file")]) from error
    reading = _Reading(path.name, book)
    raw = _regulation(reading)
    for field, sheet in (("target_groups", col.GROUPS), ("objectives", col.OBJECTIVES), ("bodies", col.BODIES)):
        records: list[Raw] = []
        for _, fields, cells in reading.rows(sheet):
            records.append(reading.keep(fields, cells, (field, len(records))))
        raw[field] = records
    raw["years"] = _years(reading)
    if reading.findings:
        raise PlanRefused(reading.findings)
    return accept(raw, reading.place)


def _regulation(reading: _Reading) -> Raw:
    rows = reading.rows(col.REGULATION)
    if len(rows) != 1:
        where = f"{reading.name}, sheet {col.REGULATION.title}"
        reading.findings.append(Finding(where, f"{len(rows)} rows", "one regulation in row 2"))
        return {}
    _, fields, cells = rows[0]
    raw: Raw = {"schema_version": fields.pop("schema_version", None)}
    reading.places["schema_version",] = cells.pop("schema_version", reading.name)
    raw["regulation"] = reading.keep(fields, cells, ("regulation",)) if cells else {}
    articles: list[Raw] = []
    for _, article, places in reading.rows(col.ARTICLES):
        articles.append(reading.keep(article, places, ("regulation", "articles", len(articles))))
    raw["regulation"]["articles"] = articles
    return raw


def _years(reading: _Reading) -> list[Raw]:
    years: list[Raw] = []
    found: Parents = {}
    for _, fields, cells in reading.rows(col.YEARS):
        at: Path = ("years", len(years))
        year = reading.keep(fields, cells, at)
        years.append(year)
        found.setdefault((year.get("year"),), (year, at))
    _attach(reading, found, col.PERIODS, "periods")
    _attach(reading, found, col.OBLIGED, "obliged", own_key="level")
    _attach(reading, found, col.EXCLUDED, "exclude")
    _attach(reading, found, col.ACTIONS, "actions", own_key="code")
    _attach(reading, found, col.MEASURES, "measures")
    _attach(reading, found, col.SCORING, "scoring")
    if col.VERIFICATION.title in reading.book.sheetnames:  # workbooks of before do not have it
        _attach(reading, found, col.VERIFICATION, "verification")
    ladders: Parents = {}
    for sheet, field, parents in ((col.LADDER, "reminders", found), (col.RUNGS, "rungs", ladders)):
        if sheet.title in reading.book.sheetnames:
            _attach(reading, parents, sheet, field)
        ladders |= {
            key: (year["reminders"], (*at, "reminders")) for key, (year, at) in found.items() if "reminders" in year
        }
    return years


def _attach(reading: _Reading, found: Parents, sheet: col.Sheet, field: str, *, own_key: str | None = None) -> None:
    """Hang each row under the parent that its key columns name; with `own_key` it can be a parent itself."""
    for _, fields, cells in reading.rows(sheet):
        key = tuple(fields.pop(name, None) for name in sheet.parents)
        key_cell = [cells.pop(name) for name in sheet.parents if name in cells]
        if key not in found:
            wanted = "a row that exists: " + ", ".join(sheet.parents)
            reading.findings.append(Finding(key_cell[-1] if key_cell else reading.name, _said(key), wanted))
            continue
        parent, at = found[key]
        if field in ("scoring", "verification", "reminders"):
            if field in parent:
                reading.findings.append(Finding(key_cell[-1], _said(key), "one row for each year"))
            parent[field] = reading.keep(fields, cells, (*at, field))
            continue
        siblings = parent.setdefault(field, [])
        here: Path = (*at, field, len(siblings))
        record = reading.keep(fields, cells, here)
        siblings.append(record)
        if own_key:
            found.setdefault((*key, record.get(own_key)), (record, here))


def _said(key: tuple[Any, ...]) -> str:
    return " / ".join("nothing" if part is None else str(part) for part in key)
