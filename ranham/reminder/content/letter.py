"""The notification letter (surat pemberitahuan) as a PDF: schedule, and as annexes the unit's actions and measures.

Typst is compiled in: fonts and all come with its package, nothing is fetched. The same facts make the same bytes.
"""

import json
import logging
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from ranham.kernel.clock import JAKARTA, local_date
from ranham.reminder.content.facts import ActionFact
from ranham.reminder.content.letter_words import WORDS
from ranham.reminder.content.printing import printable_all
from ranham.reminder.content.rendering import OWN
from ranham.reminder.content.saying import Matter, Office, in_order, schedule
from ranham.reminder.content.words import SIMULATED, Language, day_words

log = logging.getLogger("ranham.reminder")

NAME = "letter.typ"
FILE_NAMES: Mapping[Language, str] = {"id": "surat-pemberitahuan", "en": "notification-letter"}


def letter(  # noqa: PLR0913 - what a letter is made of
    matter: Matter, office: Office, *, place: str, language: Language, now: datetime, overrides: Path | None = None
) -> bytes:
    """The PDF, to a unit or (of a digest) to an office. Its date is the day of `now` in Jakarta, also inside the file."""
    said = json.dumps(printable_all(letter_data(matter, office, place=place, language=language, now=now)))
    day = local_date(now, JAKARTA)
    created = datetime(day.year, day.month, day.day, tzinfo=UTC)
    own = overrides / NAME if overrides is not None else None
    if own is not None and own.is_file():
        try:
            return _compiled(own, said, created)
        except typst.TypstError as broken:
            log.error("the template %s does not work, ours is used: %s", own, broken)  # noqa: TRY400
    return _compiled(OWN / NAME, said, created)


def _compiled(source: Path, said: str, created: datetime) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ranham-letter-") as empty:
        # An empty root, and nowhere to find packages: a template reads no file and fetches nothing.
        compiler = typst.Compiler(
            root=empty, ignore_system_fonts=True, package_path=f"{empty}/p", package_cache_path=f"{empty}/c"
        )
        # The time is for a template of one's own that asks what day it is; ours sets the date itself.
        made = compiler.compile(source.read_bytes(), format="pdf", sys_inputs={"said": said}, timestamp=created)
    if not isinstance(made, bytes):
        raise TypeError("a letter is one PDF")
    return made


def letter_data(matter: Matter, office: Office, *, place: str, language: Language, now: datetime) -> dict[str, Any]:
    """What the letter shows, as its template gets it."""
    words, period, unit = WORDS[language], matter.period, matter.unit
    owed = [each for each in unit.actions if not each.excused] if unit else []
    known = {
        "instrument": period.instrument,
        "regulation": period.title,
        "period": period.label,
        "unit": place,
        "count": len(owed) if unit else len(matter.units),
    }
    day = local_date(now, JAKARTA)
    return {
        "language": language,
        "words": dict(words),
        "subject": f"{words['subject']} {period.label}",
        "sender": office.name,
        "title": period.title,
        "date": [day.year, day.month, day.day],
        "day": day_words(day, language),
        "unit": place,
        "simulated": SIMULATED[language] if period.simulated else "",
        "annex_list": words["annex_list" if unit else "annex_list_units"],
        "lead": [words["lead" if unit else "lead_units"].format(**known)],
        "ask": [words["ask" if unit else "ask_units"]],
        "schedule": schedule(matter, unit.zone if unit else JAKARTA, language),
        "link": office.link,
        "helpdesk": " / ".join(office.helpdesk),
        "actions": [_action(each) for each in owed],
        "units": [[each.named, sum(not action.excused for action in each.actions)] for each in in_order(matter.units)],
    }


def file_name(matter: Matter, language: Language) -> str:
    code = matter.unit.code if matter.unit else None
    return "-".join(each for each in (FILE_NAMES[language], matter.period.label, code) if each) + ".pdf"


def _action(action: ActionFact) -> dict[str, Any]:
    return {
        "code": action.code,
        "title": action.title,
        "measures": [
            {
                "number": each.number,
                "text": each.text,
                "required": each.required,
                "unit_of_measure": each.unit_of_measure or "-",
                "evidence": list(each.evidence_kinds),
            }
            for each in action.measures
        ],
    }
