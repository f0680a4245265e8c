"""Messages about a corrected address: the new one is asked to confirm it, the old one is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA, local_date
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import Content, Due, Withdrawn
from ranham.reminder.content.composing import EVERYWHERE, SHORT_CHANNELS, sender
from ranham.reminder.content.rendering import render, render_short
from ranham.reminder.content.saying import Office, Reader, say_nothing_of_a_period
from ranham.reminder.content.words import clean, language_of
from ranham.reminder.links.addresses import Addressed, Links, issue_for

CONFIRMATION, CORRECTION = "contact_confirmation", "contact_correction"
"""Templates."""
_ROWS = """
SELECT c.id, c.function, c.valid_to, c.confirmed_at, c.replaces, coalesce(v.name, o.name) AS place
FROM contact c LEFT JOIN verifying_office o ON o.id = c.office_id
LEFT JOIN unit_version v ON v.unit_id = c.unit_id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
WHERE c.id = ANY(:ids)
"""


def compose_confirmation(session: Session, due: Sequence[Due], now: datetime) -> Mapping[int, Content | Withdrawn]:
    """Of kind `contact_confirmation`; withdrawn where the address was confirmed or replaced before this left."""
    today = local_date(now)
    rows = {row.id: row for row in session.execute(text(_ROWS), {"ids": [each.ref for each in due], "today": today})}
    waiting = [each for each in due if each.ref in rows and rows[each.ref].confirmed_at is None]
    waiting = [each for each in waiting if rows[each.ref].valid_to is None or rows[each.ref].valid_to > today]
    made: dict[int, Content | Withdrawn] = {
        each.id: Withdrawn("the address was confirmed, corrected or ended meanwhile") for each in due
    }
    links = issue_for(session, [Addressed(f"contact:{each.ref}", None) for each in waiting], now=now)
    office = sender()
    for each, link in zip(waiting, links, strict=True):
        row = rows[each.ref]
        made[each.id] = _content(CONFIRMATION, each, link, office, row)
    return made


def compose_correction(session: Session, due: Sequence[Due], now: datetime) -> Mapping[int, Content | Withdrawn]:
    """Of kind `contact_correction`, to the address that is to be replaced; its link is that of the old contact."""
    key = {"ids": [each.ref for each in due], "today": local_date(now)}
    rows = {row.id: row for row in session.execute(text(_ROWS), key)}
    known = [each for each in due if each.ref in rows]
    made: dict[int, Content | Withdrawn] = {each.id: Withdrawn("there is no such contact") for each in due}
    links = issue_for(session, [Addressed(f"contact:{rows[each.ref].replaces}", None) for each in known], now=now)
    office = sender()
    for each, link in zip(known, links, strict=True):
        made[each.id] = _content(CORRECTION, each, link, office, rows[each.ref])
    return made


def _content(template: str, due: Due, links: Links, office: Office, row: Row[Any]) -> Content:
    function, place = row.function, row.place or EVERYWHERE
    language, overrides = language_of(due.language), settings().templates_dir
    reader = Reader(due.name, function, due.address, clean(place), JAKARTA, manage_link=links.manage)
    said = say_nothing_of_a_period(reader, office, language=language)
    written = render(template, language, said, overrides=overrides)
    if due.channel in SHORT_CHANNELS:
        short = render_short(language, said | {"link": links.manage}, written.subject, overrides=overrides)
        return Content(written.subject, short, None)
    return Content(written.subject, written.text, written.html)
