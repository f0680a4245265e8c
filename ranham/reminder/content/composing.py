"""Makes the contents of reminders when they leave: from the ledger and from what is there at that moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import JAKARTA, local_date
from ranham.kernel.errors import NotFound
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import Attachment, Content, Due, Withdrawn
from ranham.plan.ladder import RungSpec
from ranham.plan.policy import ladder_of
from ranham.reminder.content.facts import LateReading, PeriodFacts, UnitFacts
from ranham.reminder.content.letter import file_name, letter
from ranham.reminder.content.queries import late_readings, period_facts, unit_facts
from ranham.reminder.content.rendering import render, render_short
from ranham.reminder.content.saying import Matter, Office, Reader, say
from ranham.reminder.content.withdrawing import (
    Planned,
    Recipient,
    digest_withdrawal,
    listed_units,
    period_withdrawal,
    recipient_withdrawal,
    unit_withdrawal,
)
from ranham.reminder.content.words import clean, language_of
from ranham.reminder.links.addresses import Addressed, Links, issue_for

KIND = "reminder"
SHORT_CHANNELS = frozenset({"whatsapp", "telegram", "sms"})
"""They get one line; the lists are where the link leads."""
EVERYWHERE = "Indonesia"
"""The place of the ministry."""

_ROWS = """
SELECT m.id, m.period_id, m.rung, m.unit_id, m.office_id, m.recipient, coalesce(m.function, '') AS function,
       m.courtesy, m.unit_ids, m.deadline, coalesce(m.name, '') AS name, o.name AS office, c.valid_to,
       c.unsubscribed_at, p.disabled_at, c.id IS NULL AND p.id IS NULL AS gone
FROM reminder m LEFT JOIN verifying_office o ON o.id = m.office_id
LEFT JOIN contact c ON m.recipient = 'contact:' || c.id LEFT JOIN person p ON m.recipient = 'person:' || p.id
WHERE m.id = ANY(:ids)
"""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A period with everything that its messages need."""

    period: PeriodFacts
    rungs: Mapping[str, RungSpec]
    units: Mapping[int, UnitFacts]
    readings: Mapping[int, LateReading]


@dataclass(frozen=True, slots=True)
class _Message:
    due: Due
    row: Row[Any]
    matter: Matter
    place: str


def compose(session: Session, due: Sequence[Due], now: datetime) -> Mapping[int, Content | Withdrawn]:
    """Contents by delivery; `Withdrawn` where what was planned does not hold any more. A few statements for a period."""
    rows = {row.id: row for row in session.execute(text(_ROWS), {"ids": [each.ref for each in due]})}
    scenes = {
        period_id: _scene(session, period_id, of_period, now=now) for period_id, of_period in _by_period(rows.values())
    }
    made: dict[int, Content | Withdrawn] = {}
    messages = []
    for each in due:
        row = rows.get(each.ref)
        judged = Withdrawn("the ledger has no such reminder") if row is None else _judge(scenes, each, row, now=now)
        if isinstance(judged, Withdrawn):
            made[each.id] = judged
        else:
            messages.append(judged)
    addressed = [Addressed(each.row.recipient, each.row.id, courtesy=each.row.courtesy) for each in messages]
    letters: dict[tuple[object, ...], Attachment] = {}
    for message, links in zip(messages, issue_for(session, addressed, now=now), strict=True):
        made[message.due.id] = _content(message, links, letters, now=now)
    return made


def sender() -> Office:
    """Where the system is and who helps, by the settings."""
    known = settings()
    helpdesk = (known.helpdesk_name, known.helpdesk_email, known.helpdesk_phone)
    return Office(known.helpdesk_name, known.public_url.rstrip("/") + "/", tuple(each for each in helpdesk if each))


def _by_period(rows: Iterable[Row[Any]]) -> Iterable[tuple[int, list[Row[Any]]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.period_id].append(row)
    return found.items()


def _scene(session: Session, period_id: int, rows: Sequence[Row[Any]], *, now: datetime) -> _Scene:
    info, period = period_facts(session, period_id)
    rungs = {rung.code: rung for rung in ladder_of(session, info).rungs}
    used = [rungs[row.rung] for row in rows if row.rung in rungs]
    listed = {unit_id for row in rows for unit_id in row.unit_ids or ()}
    unit_ids = listed | {row.unit_id for row in rows if row.unit_id is not None}
    units = unit_facts(session, info, unit_ids, measures=any(rung.letter for rung in used))
    unread = any(rung.condition == "unread" for rung in used)
    return _Scene(period, rungs, units, late_readings(session, info, listed, now=now) if unread else {})


def _judge(scenes: Mapping[int, _Scene], due: Due, row: Row[Any], *, now: datetime) -> _Message | Withdrawn:
    scene = scenes[row.period_id]
    rung = scene.rungs.get(row.rung)
    if rung is None:
        return Withdrawn(f"the plan has no rung {row.rung} any more")
    recipient = Recipient(row.valid_to, row.unsubscribed_at, row.disabled_at, row.gone)
    because = recipient_withdrawal(recipient, today=local_date(now)) or period_withdrawal(rung, scene.period)
    if because is not None:
        return Withdrawn(because)
    planned = Planned(row.deadline, row.unit_id, None if row.unit_ids is None else tuple(row.unit_ids))
    made = (
        _of_units(scene, rung, planned, now=now) if planned.listed is not None else _of_unit(scene, rung, planned, now)
    )
    return Withdrawn(made) if isinstance(made, str) else _Message(due, row, made, _place(scene, row))


def _place(scene: _Scene, row: Row[Any]) -> str:
    if row.unit_id is not None and row.unit_id in scene.units:
        return scene.units[row.unit_id].named
    return clean(row.office) if row.office else EVERYWHERE


def _of_unit(scene: _Scene, rung: RungSpec, planned: Planned, now: datetime) -> Matter | str:
    unit = scene.units.get(planned.unit_id or 0)
    because = unit_withdrawal(rung, planned, unit, now=now)
    if because is not None or unit is None:
        return because or "no such unit"
    deadline = planned.deadline if rung.condition == "returned" else unit.deadline
    return Matter(rung.template, scene.period, rung.letter, deadline, unit=unit)


def _of_units(scene: _Scene, rung: RungSpec, planned: Planned, *, now: datetime) -> Matter | str:
    there = [scene.units[each] for each in planned.listed or () if each in scene.units]
    units = [] if rung.condition == "unread" else listed_units(rung, there, now=now)
    readings = [scene.readings[each] for each in planned.listed or () if each in scene.readings]
    readings.sort(key=lambda each: each.unit)
    because = digest_withdrawal(rung, units, readings)
    if because is not None:
        return because
    # What is overdue after an extension names the deadline that passed, and not the end of the window.
    of_anchor = {"announced": scene.period.ends_at, "opens": scene.period.ends_at, "deadline": planned.deadline}
    deadline = of_anchor.get(rung.anchor)
    return Matter(rung.template, scene.period, rung.letter, deadline, units=units, readings=readings)


def _content(
    message: _Message, links: Links, letters: dict[tuple[object, ...], Attachment], *, now: datetime
) -> Content | Withdrawn:
    due, row, matter, office = message.due, message.row, message.matter, sender()
    language, overrides = language_of(due.language), settings().templates_dir
    reader = Reader(
        name=due.name or row.name, function=row.function, address=due.address, place=message.place,
        zone=matter.unit.zone if matter.unit else JAKARTA, manage_link=links.manage, unsubscribe_link=links.unsubscribe,
    )  # fmt: skip
    said = say(matter, reader, office, language=language, now=now)
    try:
        written = render(matter.template, language, said, overrides=overrides)
    except NotFound as missing:
        return Withdrawn(str(missing))
    if due.channel in SHORT_CHANNELS:
        return Content(written.subject, render_short(language, said, written.subject, overrides=overrides), None)
    key = (matter.period.id, matter.unit.unit_id if matter.unit else message.place, language)
    if matter.letter and key not in letters:
        data = letter(matter, office, place=message.place, language=language, now=now, overrides=overrides)
        letters[key] = Attachment(file_name(matter, language), "application/pdf", data)
    return Content(
        written.subject, written.text, written.html, (letters[key],) if matter.letter else (), links.one_click
    )
