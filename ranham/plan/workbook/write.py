"""From a plan to the workbook, row by row in the order of the plan."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import BaseModel

from ranham.plan.schemas import PlanFile, YearSpec
from ranham.plan.workbook import columns as col

Row = tuple[BaseModel, dict[str, Any]]
"""A record and what its row says besides: the keys of its parents."""

_HEAD = PatternFill("solid", fgColor="D9E2F3")


def write_workbook(plan: PlanFile, path: Path | str) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in col.SHEETS:
        _fill(book.create_sheet(sheet.title), sheet, _rows(plan, sheet))
    book.save(path)


def _rows(plan: PlanFile, sheet: col.Sheet) -> Iterator[Row]:
    regulation = plan.regulation
    flat: dict[str, tuple[BaseModel, ...]] = {
        col.ARTICLES.title: regulation.articles,
        col.GROUPS.title: plan.target_groups,
        col.OBJECTIVES.title: plan.objectives,
        col.BODIES.title: plan.bodies,
    }
    if sheet is col.REGULATION:
        yield regulation, {"schema_version": plan.schema_version}
    for record in flat.get(sheet.title, ()):
        yield record, {}
    for year in plan.years:
        yield from _year_rows(year).get(sheet.title, ())


def _year_rows(year: YearSpec) -> dict[str, list[Row]]:
    key = {"year": year.year}
    return {
        col.YEARS.title: [(year, {})],
        col.PERIODS.title: [(period, key) for period in year.periods],
        col.OBLIGED.title: [(rule, key) for rule in year.obliged],
        col.EXCLUDED.title: [(item, key | {"level": rule.level}) for rule in year.obliged for item in rule.exclude],
        col.ACTIONS.title: [(action, key) for action in year.actions],
        col.MEASURES.title: [(item, key | {"action": row.code}) for row in year.actions for item in row.measures],
        col.SCORING.title: [(year.scoring, key)],
        col.VERIFICATION.title: [(year.verification, key)] if year.verification else [],
        col.LADDER.title: [(year.reminders, key)] if year.reminders else [],
        col.RUNGS.title: [(rung, key) for rung in year.reminders.rungs] if year.reminders else [],
    }


def _fill(page: Worksheet, sheet: col.Sheet, rows: Iterator[Row]) -> None:
    for number, column in enumerate(sheet.columns, start=1):
        head: Cell = page.cell(1, number, column.heading)
        head.font, head.fill = Font(bold=True), _HEAD
        page.column_dimensions[head.column_letter].width = column.width
    for at, (record, keys) in enumerate(rows, start=2):
        for number, column in enumerate(sheet.columns, start=1):
            cell: Cell = page.cell(at, number)  # type: ignore[assignment]
            _put(cell, _shown(_value(record, keys, column.field), column.kind))
            cell.alignment = Alignment(vertical="top", wrap_text=column.width > 30)
    page.freeze_panes = "A2"


def _value(record: BaseModel, keys: dict[str, Any], field: str) -> Any:
    if field in keys:
        return keys[field]
    value: Any = record
    for name in field.split("."):
        value = getattr(value, name) if value is not None else None
    return value


def _shown(value: Any, kind: col.Kind) -> Any:
    if kind == "bool" and value is not None:
        return "ya" if value else "tidak"
    if kind == "links":
        return "; ".join(f"{link.scheme}:{link.code}" for link in value) or None
    if kind == "tiers":
        return "; ".join(f"{tier.name}:{tier.days}:{'ya' if tier.escalates else 'tidak'}" for tier in value)
    if kind == "time":
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return "; ".join(value) or None
    return value


def _put(cell: Cell, value: Any) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # a title that begins with "=" is a title, not a formula
        cell.number_format = "@"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
