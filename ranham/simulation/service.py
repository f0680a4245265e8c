"""Writes simulated reports as import files. Nothing is stored here: the files take the way of every other report."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.models import ZoneRule
from ranham.plan.queries import PeriodInfo
from ranham.simulation import rules

OWED = text("""
SELECT CASE WHEN r.level = 'ministry' THEN 'kl' ELSE coalesce(p.code, v.code) END AS file_key,
       r.level, v.code AS unit_code, v.time_zone, a.code AS action_code, m.number, m.value_min, m.value_max,
       m.evidence_kinds <> '{}' AS evidence_wanted
FROM obligation o
JOIN reporting_unit r ON r.id = o.unit_id
JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN unit_version p ON p.unit_id = v.parent_id
     AND p.valid_from <= :day AND (p.valid_to IS NULL OR p.valid_to > :day)
JOIN action a ON a.id = o.action_id
JOIN measure m ON m.action_id = a.id AND m.period_id = :period_id
WHERE o.plan_year_id = :plan_year_id AND v.code IS NOT NULL
ORDER BY file_key, (r.level = 'province') DESC, v.code, a.code, m.number
""")


def write_reports(session: Session, period: PeriodInfo, folder: Path, *, seed: int, habits: bool = False) -> list[Path]:
    """One file per province, with its regencies, and one for K/L; the same seed gives the same bytes.

    With `habits` the same units tend to be absent or late in every period of one seed, as histories of real ones have it.

    Unit codes are those of the day on which the window closes. A province from which nobody reports has no file.
    Files of two regulations with the same label may lie in one folder: the regulation is in their names.
    """
    window = _window(session, period)
    found = session.execute(
        OWED, {"day": window.closes_on, "period_id": period.id, "plan_year_id": period.plan_year_id}
    ).all()
    if not found:
        raise Conflict(
            f"nobody owes a report in {period.label}; freeze the year with: ranham year freeze {period.year}"
        )
    files = {key: list(_reporters(group)) for key, group in groupby(found, key=lambda row: str(row.file_key))}
    silent = rules.absent(
        (reporter for group in files.values() for reporter in group), period.label, seed, habits=habits
    )
    folder.mkdir(parents=True, exist_ok=True)
    regulation = period.regulation.replace("/", "-")
    written = []
    for key, reporters in files.items():
        reports = [
            row
            for reporter in reporters
            if reporter.code not in silent
            for row in rules.rows(reporter, window, period.label, seed, habits=habits)
        ]
        if reports:
            written.append(_write(folder / f"simulated-{regulation}-{period.label}-{key}.csv", reports))
    return written


def _window(session: Session, period: PeriodInfo) -> rules.Window:
    if period.opens_on is None or period.closes_on is None:
        raise Conflict(f"{period.label} has no reporting window in the plan, so nobody can report in time")
    month = session.execute(text("SELECT closing_month FROM period WHERE id = :id"), {"id": period.id}).scalar_one()
    next_month = date(period.year + month // 12, month % 12 + 1, 1)
    return rules.Window(
        period.opens_on, period.closes_on, period.zone_rule is ZoneRule.UNIT, next_month - timedelta(days=1)
    )


def _reporters(found: Iterable[Row[tuple[object, ...]]]) -> Iterator[rules.Reporter]:
    for (code, level, zone), of_unit in groupby(found, key=lambda row: (row.unit_code, row.level, row.time_zone)):
        owed = tuple(
            rules.Owed(
                action,
                tuple(rules.OwedMeasure(m.number, m.value_min, m.value_max, m.evidence_wanted) for m in measures),
            )
            for action, measures in groupby(of_unit, key=lambda row: str(row.action_code))
        )
        yield rules.Reporter(code, level, _offset_hours(zone), owed)


def _offset_hours(zone: str) -> int:
    """Whole hours: Indonesia's zones have neither minutes nor daylight saving."""
    offset = datetime(2022, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 3600


def _write(path: Path, reports: list[rules.Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rules.COLUMNS)
        writer.writerows(astuple(row) for row in reports)
    return path
