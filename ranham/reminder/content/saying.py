"""From facts to what templates show: everything in words and clean, nothing left to decide. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ranham.reminder.content.facts import ActionFact, LateReading, PeriodFacts, UnitFacts, days_left
from ranham.reminder.content.words import (
    SIMULATED,
    Language,
    both_clocks,
    clean,
    day_words,
    end_words,
    moment_words,
    reason_words,
    state_words,
)

SHOWS: Mapping[str, frozenset[str]] = {
    "announcement": frozenset({"schedule", "owed"}),
    "announcement_digest": frozenset({"schedule", "units_owing"}),
    "opening": frozenset({"schedule", "missing"}),
    "deadline": frozenset({"missing", "returned"}),
    "last_day": frozenset({"missing", "returned"}),
    "overdue": frozenset({"missing"}),
    "overdue_digest": frozenset({"units_missing"}),
    "returned": frozenset({"returned"}),
    "return_due": frozenset({"returned"}),
    "return_overdue": frozenset({"returned"}),
    "return_overdue_digest": frozenset({"units_returned"}),
    "verification_late": frozenset({"readings"}),
}
"""Which lists a template shows; of units with what of theirs."""
EVERYTHING = frozenset({"missing", "returned", "units_missing", "readings"})
"""What a template of a plan's own shows: whatever there is."""
FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "operator": ("operator pelaporan", "reporting operator"),
    "head_of_office": ("pimpinan instansi", "head of office"),
    "legal_bureau": ("Biro Hukum provinsi", "legal bureau of the province"),
    "regional_office": ("Kantor Wilayah", "regional office"),
    "ministry": ("kementerian penanggung jawab", "responsible ministry"),
    "verifier": ("verifikator", "verifier"),
}
SCHEDULE: Mapping[str, tuple[str, str]] = {
    "opens": ("Masa pelaporan dibuka", "The window opens"),
    "ends": ("Batas waktu pelaporan", "Deadline for reports"),
    "verification": ("Verifikasi pusat", "Central verification"),
}
TO = {"id": "sampai dengan", "en": "to"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the message, and the links that are theirs alone."""

    name: str
    function: str
    address: str
    place: str
    zone: ZoneInfo
    manage_link: str | None = None
    unsubscribe_link: str | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """Where the reporting system is, and who helps: the same in every message."""

    name: str
    """Whoever sends."""
    link: str
    helpdesk: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matter:
    """What the message is about."""

    template: str
    period: PeriodFacts
    letter: bool
    deadline: datetime | None
    unit: UnitFacts | None = None
    units: Sequence[UnitFacts] = ()
    readings: Sequence[LateReading] = ()


def say(matter: Matter, reader: Reader, office: Office, *, language: Language, now: datetime) -> dict[str, Any]:
    """Every name that a template may use; a name beside these is an error and not an empty place."""
    shows = SHOWS.get(matter.template, EVERYTHING)
    actions = matter.unit.actions if matter.unit else ()
    left = days_left(matter.deadline, reader.zone, now=now) if matter.deadline else None
    return {
        "period": matter.period.label,
        "regulation": matter.period.title,
        "instrument": matter.period.instrument,
        "simulated": SIMULATED[language] if matter.period.simulated else "",
        "letter": matter.letter,
        **_frame(reader, office, language),
        "deadline": both_clocks(matter.deadline, reader.zone, language) if matter.deadline else "",
        "days_left": left,
        "opened": _opened(matter, now),
        "extended": bool(matter.unit and matter.unit.extended),
        "schedule": schedule(matter, reader.zone, language) if "schedule" in shows else [],
        "owed": [_action(each, reader.zone, language) for each in actions if not each.excused],
        "missing": [_action(each, reader.zone, language) for each in actions if each.missing],
        "returned": [_action(each, reader.zone, language) for each in actions if each.returned],
        "units": _units(matter, shows, language),
        "readings": [
            {"unit": each.unit, "waiting": each.waiting, "since": end_words(each.since, reader.zone, language)}
            for each in matter.readings
        ],
        **{f"shows_{name}": name in shows for name in ("owed", "missing", "returned", "readings")},
        "shows_units": any(name.startswith("units") for name in shows) and bool(matter.units),
    }


def schedule(matter: Matter, zone: ZoneInfo, language: Language) -> list[dict[str, str]]:
    """Opening, deadline and verification of the period, those that are known."""
    period, lines = matter.period, []
    ends_at = matter.unit.deadline if matter.unit else period.ends_at
    opens_at = matter.unit.opens_at if matter.unit else period.opens_at
    if opens_at:
        lines.append(_line("opens", moment_words(opens_at, zone, language), language))
    if ends_at:
        lines.append(_line("ends", both_clocks(ends_at, zone, language), language))
    if period.verification:
        first, last = (day_words(day, language) for day in period.verification)
        lines.append(_line("verification", first if first == last else f"{first} {TO[language]} {last}", language))
    return lines


def function_words(function: str, language: Language) -> str:
    known = FUNCTIONS.get(function)
    return known[("id", "en").index(language)] if known else clean(function)


def _line(what: str, when: str, language: Language) -> dict[str, str]:
    return {"what": SCHEDULE[what][("id", "en").index(language)], "moment": when}


def _action(action: ActionFact, zone: ZoneInfo, language: Language) -> dict[str, Any]:
    return {
        "code": action.code,
        "title": action.title,
        "state": state_words(action.state, excused=action.excused, language=language),
        "due": both_clocks(action.return_due_at, zone, language) if action.return_due_at else "",
        "reasons": [reason_words(each, language) for each in action.reasons],
    }


def in_order(units: Sequence[UnitFacts]) -> list[UnitFacts]:
    """By their codes, which is by provinces."""
    return sorted(units, key=lambda each: (each.code or "~", each.title))


def _units(matter: Matter, shows: frozenset[str], language: Language) -> list[dict[str, Any]]:
    """A deadline only where it is not everybody's."""
    return [
        {
            "named": unit.named,
            "owed": sum(not each.excused for each in unit.actions),
            "missing": [each.code for each in unit.missing] if "units_missing" in shows else [],
            "returned": [each.code for each in unit.returned] if "units_returned" in shows else [],
            "due": _latest_due(unit, language),
            "deadline": both_clocks(unit.deadline, unit.zone, language)
            if unit.deadline and unit.deadline != matter.deadline
            else "",
        }
        for unit in in_order(matter.units)
    ]


def _latest_due(unit: UnitFacts, language: Language) -> str:
    dues = [each.return_due_at for each in unit.returned if each.return_due_at]
    return both_clocks(max(dues), unit.zone, language) if dues else ""


def _opened(matter: Matter, now: datetime) -> bool:
    opens_at = matter.unit.opens_at if matter.unit else matter.period.opens_at
    return opens_at is not None and now >= opens_at


def say_nothing_of_a_period(reader: Reader, office: Office, *, language: Language) -> dict[str, Any]:
    """The same names, for a message that is about the address alone."""
    empty: dict[str, Any] = dict.fromkeys(
        ("period", "regulation", "instrument", "simulated", "deadline", "unsubscribe_link"), ""
    )
    lists: dict[str, Any] = {name: [] for name in ("schedule", "owed", "missing", "returned", "units", "readings")}
    shows = {f"shows_{name}": False for name in ("owed", "missing", "returned", "units", "readings")}
    return {
        **empty, **lists, **shows, "letter": False, "days_left": None, "opened": False, "extended": False,
        **_frame(reader, office, language),
    }  # fmt: skip


def _frame(reader: Reader, office: Office, language: Language) -> dict[str, Any]:
    return {
        "name": clean(reader.name),
        "function": function_words(reader.function, language),
        "place": clean(reader.place),
        "address": clean(reader.address),
        "link": office.link,
        "helpdesk": [clean(each) for each in office.helpdesk],
        "manage_link": reader.manage_link or "",
        "unsubscribe_link": reader.unsubscribe_link or "",
    }
