"""The nation of the journey: units, whom each has to write to, what is sent and decided, and when the engine ticks."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

UNITS = """
SELECT v.code, v.name, r.level, v.time_zone AS zone, p.code AS province, f.key AS kanwil,
       array_agg(DISTINCT a.code ORDER BY a.code) AS owed
FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id AND y.year = 2022
JOIN reporting_unit r ON r.id = o.unit_id JOIN action a ON a.id = o.action_id
JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
LEFT JOIN unit_version p ON p.unit_id = CASE r.level WHEN 'province' THEN r.id ELSE v.parent_id END
     AND p.valid_from <= :day AND (p.valid_to IS NULL OR p.valid_to > :day)
LEFT JOIN office_assignment s ON s.unit_id = p.unit_id
     AND s.valid_from <= :day AND (s.valid_to IS NULL OR s.valid_to > :day)
LEFT JOIN verifying_office f ON f.id = s.office_id
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY v.code
"""
LAST_DAY = date(2022, 9, 6)
DAYS_OFF = "date,province,kind,name\n2022-09-05,36,off,hari daerah\n2022-09-13,91,off,hari daerah\n"
FIRST, LAST = date(2022, 8, 26), date(2022, 9, 20)
OUTAGE = (date(2022, 9, 6), date(2022, 9, 7), date(2022, 9, 8))
TWICE, THRICE = ("07:10", "09:10"), ("07:10", "09:10", "14:10")
OTHER_TICKS = {
    **{date(2022, *day): ("09:10",) for day in ((8, 29), (8, 31), (9, 1), (9, 20))},  # quiet days
    date(2022, 9, 3): ("10:00",),  # a Saturday
    date(2022, 9, 8): ("17:30",),  # the first one after the outage: nobody is at work any more
    date(2022, 9, 10): ("10:00",),
    date(2022, 9, 18): ("20:00",),
}
THREE_A_DAY = tuple(date(2022, *day) for day in ((8, 26), (8, 30), (9, 5), (9, 9), (9, 12), (9, 15)))


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str
    level: str
    zone: str
    province: str | None
    kanwil: str | None
    owed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody to write to: `function` at `place`, which is a unit's code, a Kanwil's key, or empty."""

    function: str
    place: str
    address: str
    person: bool = False


@dataclass(slots=True)
class World:
    units: dict[str, Unit]
    known: list[Known]
    sent: dict[tuple[str, str], datetime]
    """When each unit sends each action."""
    events: list[dict[str, object]] = field(default_factory=list)


def wib(day: str, at: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"2022-{day}T{at}:00+07:00")


def ticks() -> list[datetime]:
    made = []
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        usual = () if day.weekday() >= 5 or day in OUTAGE else THRICE if day in THREE_A_DAY else TWICE
        made += [wib(f"{day:%m-%d}", at) for at in OTHER_TICKS.get(day, usual)]
    return made


def read_units(session: Session) -> dict[str, Unit]:
    rows = session.execute(text(UNITS), {"day": LAST_DAY}).mappings()
    return {row["code"]: Unit(**{**row, "owed": tuple(row["owed"])}) for row in rows}


def whom_to_write_to(units: Iterable[Unit]) -> Iterator[Known]:
    """Operators by role and by contact, heads of office for most, one address twice, and nobody at all for some."""
    units = list(units)
    for number, unit in enumerate(units):
        operator = f"operator@{unit.code}.go.id".lower()
        if number % 17 == 5:
            continue
        yield Known("operator", unit.code, operator, person=number % 10 == 3)
        if number % 11 == 4:  # the same address once more, written otherwise
            yield Known("operator", unit.code, operator.replace("operator", "Operator"))
        if number % 9 == 2:
            yield Known("operator", unit.code, operator.replace("operator", "kedua"))
        if number % 7:
            head = operator if number % 13 == 6 else operator.replace("operator", "sekda")
            yield Known("head_of_office", unit.code, head)
    provinces = [unit.code for unit in units if unit.level == "province"]
    for number, code in enumerate(provinces):
        if number != 4:
            yield Known("legal_bureau", code, f"birohukum@{code}.go.id", person=number % 6 == 1)
    for key in sorted({unit.kanwil for unit in units if unit.kanwil}):
        yield Known("regional_office", key, f"{key}@contoh.go.id")
        if key != "kanwil-13":
            yield Known("verifier", key, f"verifikator@{key}.go.id", person=key.endswith("6"))
    yield Known("verifier", "", "verifikator@pusat.go.id")
    yield Known("ministry", "", "ham@pusat.go.id")
    yield Known("ministry", "", "orang@pusat.go.id", person=True)


def read_reports(files: Iterable[Path]) -> tuple[list[dict[str, str]], dict[tuple[str, str], datetime]]:
    rows = [row for file in sorted(files) for row in csv.DictReader(file.read_text("utf-8").splitlines())]
    rows = [row for row in rows if row["unit_code"] not in ("KL-03", "KL-05")]  # two K/L stay silent
    return rows, {(row["unit_code"], row["action_code"]): datetime.fromisoformat(row["submitted_at"]) for row in rows}


def report_events(rows: Iterable[Mapping[str, str]], folder: Path) -> Iterator[dict[str, object]]:
    """At each tick a file of what came in since the one before."""
    by_tick: dict[datetime, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        sent = datetime.fromisoformat(row["submitted_at"])
        if tick := next((tick for tick in ticks() if sent <= tick), None):
            by_tick[tick].append(row)
    for tick, some in sorted(by_tick.items()):
        file = folder / f"{tick:%m%d-%H%M}.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, list(some[0]))
            writer.writeheader()
            writer.writerows(some)
        yield {"what": "reports", "at": tick.isoformat(), "file": str(file)}
