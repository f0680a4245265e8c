"""Indonesian and English: instants, states and reasons in words. Pure."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from ranham.reminder.content.facts import JAKARTA, Reason
from ranham.submission.states import State
from ranham.verification.rules import WORDS as REASON_WORDS
from ranham.verification.rules import Aspect

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
MIDNIGHT = (0, 0)

SIMULATED: Mapping[Language, str] = {"id": "SIMULASI", "en": "SIMULATED"}
STATES: Mapping[State, tuple[str, str]] = {
    State.NOT_STARTED: ("belum diisi", "not started"),
    State.DRAFT: ("draf, belum dikirim", "draft, not sent"),
    State.SUBMITTED: ("terkirim", "sent"),
    State.UNDER_VERIFICATION: ("sedang diverifikasi", "under verification"),
    State.RETURNED: ("dikembalikan untuk diperbaiki", "returned for revision"),
    State.RESUBMITTED: ("terkirim kembali", "sent again"),
    State.VERIFIED: ("terverifikasi", "verified"),
    State.FINAL: ("final", "final"),
    State.REOPENED: ("dibuka kembali, belum dikirim", "reopened, not sent"),
}
EXCUSED = ("dikecualikan", "excused")
ASPECTS: Mapping[Aspect, tuple[str, str]] = {
    Aspect.ADMINISTRATIVE: ("administratif", "administrative"),
    Aspect.SUBSTANTIVE: ("substantif", "substantive"),
}
_ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}
"""By the offset, as Indonesia has three zones and the database of zones has more names for them."""
_KEPT = {"\u200c", "\u200d"}
"""Joiners, which some scripts need."""


def language_of(text: str) -> Language:
    """Indonesian for everybody whose language we do not have."""
    return "en" if text == "en" else "id"


def choose(words: tuple[str, str], language: Language) -> str:
    return words[LANGUAGES.index(language)]


def clean(text: str) -> str:
    """One line without control characters, and without those that turn the direction of what follows."""
    shown = (
        " " if character.isspace() else character
        for character in text
        if character.isspace() or character in _KEPT or not unicodedata.category(character).startswith("C")
    )
    return " ".join("".join(shown).split())


def state_words(state: State, *, excused: bool, language: Language) -> str:
    return choose(EXCUSED if excused else STATES[state], language)


def reason_words(reason: Reason, language: Language) -> str:
    """`Ukuran 2 (administratif): tanpa tanda tangan - halaman 3`; the remark stays in the verifier's language."""
    measure = {"id": "Ukuran", "en": "Measure"}[language]
    where = [] if reason.measure_number is None else [f"{measure} {reason.measure_number}"]
    if reason.aspect is not None:
        where.append(f"({choose(ASPECTS[reason.aspect], language)})")
    said = [] if reason.code is None else [choose(REASON_WORDS[reason.code], language)]
    if reason.remark and (remark := clean(reason.remark)):
        said.append(remark)
    what = " - ".join(said) or {"id": "tanpa alasan tertulis", "en": "no reason written"}[language]
    return f"{' '.join(where)}: {what}" if where else what


def day_words(day: date, language: Language) -> str:
    """`Selasa, 6 September 2022`, `Tuesday, 6 September 2022`."""
    return format_date(day, "EEEE, d MMMM y", locale=language)


def zone_words(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    hours = (local.utcoffset() or timedelta()) / timedelta(hours=1)
    return _ZONES.get(int(hours), f"UTC{hours:+g}")


def moment_words(instant: datetime, zone: ZoneInfo, language: Language) -> str:
    """When something happens or begins."""
    local = instant.astimezone(zone)
    return _said(local.date(), f"{local:%H:%M}", zone_words(instant, zone), language)


def end_words(deadline: datetime, zone: ZoneInfo, language: Language) -> str:
    """A deadline: the midnight that ends a day is 24.00 of that day, never 00.00 of the next, which people misread."""
    local = deadline.astimezone(zone)
    if (local.hour, local.minute) == MIDNIGHT:
        return _said(local.date() - timedelta(days=1), "24:00", zone_words(deadline, zone), language)
    return moment_words(deadline, zone, language)


def both_clocks(deadline: datetime, zone: ZoneInfo, language: Language) -> str:
    """In the time of the unit and, where that differs, in WIB."""
    here, wib = end_words(deadline, zone, language), end_words(deadline, JAKARTA, language)
    return here if here == wib else f"{here} ({wib})"


def days_words(days: int, language: Language) -> str:
    if language == "id":
        return "hari ini hari terakhir" if days == 0 else f"{days} hari lagi"
    return {0: "today is the last day", 1: "1 day left"}.get(days, f"{days} days left")


def _said(day: date, clock: str, zone: str, language: Language) -> str:
    if language == "id":
        return f"{day_words(day, language)}, pukul {clock.replace(':', '.')} {zone}"
    return f"{day_words(day, language)}, {clock} {zone}"
