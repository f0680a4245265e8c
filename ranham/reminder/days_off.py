"""Days off in Indonesia: the published calendar with its joint holidays, and a file of days that are different.

The file is CSV with the columns date, province, kind, name. `province` is a Kemendagri code, or empty for all; `kind` is
`off` or `work`. Joint holidays are decided a year ahead and change; until a release knows them, they go in there.
"""

import csv
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.settings import settings
from ranham.reminder.rules.working_time import Calendar

COLUMNS = ("date", "province", "kind", "name")


def calendar() -> Calendar:
    """The calendar as configured; the file is read again when it has changed."""
    file = settings().days_off_file
    if file is None:
        return _calendar(None, 0)
    try:
        return _calendar(file, file.stat().st_mtime_ns)
    except OSError as error:
        raise BadInput([Finding(str(file), "no readable file", "a CSV file of days off")]) from error


@lru_cache(maxsize=4)
def _calendar(file: Path | None, _changed: int) -> Calendar:
    import holidays  # noqa: PLC0415 - half a second that most commands need not wait for

    published = holidays.country_holidays("ID", categories=("public", "government"))
    return Calendar(published, read_days(file) if file else {})


def read_days(file: Path) -> dict[tuple[date, str | None], bool]:
    """(day, province or None) -> whether it is off; refused whole, with every finding."""
    days: dict[tuple[date, str | None], bool] = {}
    findings: list[Finding] = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if missing := [name for name in COLUMNS[:3] if name not in (reader.fieldnames or ())]:
            raise BadInput([Finding(f"{file.name}, line 1", f"no column {missing[0]}", ", ".join(COLUMNS))])
        for row in reader:
            where = f"{file.name}, line {reader.line_num}"
            faults = list(_faults(row, where))
            findings += faults
            if not faults:
                days[date.fromisoformat(row["date"].strip()), (row["province"] or "").strip() or None] = (
                    row["kind"].strip() == "off"
                )
    if findings:
        raise BadInput(findings)
    return days


def _faults(row: dict[str, str | None], where: str) -> Iterator[Finding]:
    try:
        date.fromisoformat((row["date"] or "").strip())
    except ValueError:
        yield Finding(f"{where}, date", row["date"] or "nothing", "a date such as 2022-05-04")
    if (row["kind"] or "").strip() not in ("off", "work"):
        yield Finding(f"{where}, kind", row["kind"] or "nothing", "off or work")
