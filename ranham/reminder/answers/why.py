"""Why a unit was, or was not, reminded: every rung with what was decided, and where nothing was decided, why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.kernel.clock import in_wib
from ranham.plan.ladder import RungSpec
from ranham.plan.policy import ladder_of
from ranham.plan.queries import PeriodInfo
from ranham.reminder.days_off import calendar
from ranham.reminder.planning.occasions import KINDS, ZONES, Ground, deadline_of, ground, return_of, window_of
from ranham.reminder.planning.statements import PARTS
from ranham.reminder.rules.due import Occasion, moment
from ranham.reminder.rules.working_time import Place


@dataclass(frozen=True, slots=True)
class WhyRow:
    rung: str
    occasion: str | None
    due_at: datetime | None
    send_at: datetime | None
    decision: str
    """send, overtaken, skipped, nobody; without a row of the ledger `not yet` or `none`."""
    because: str | None
    recipient: str | None
    address: str | None
    delivery: str | None
    """State of the message."""


_LEDGER = """
SELECT r.rung, r.occasion, r.due_at, r.send_at, r.decision, coalesce(d.because, r.because), r.recipient, r.address, d.state
FROM reminder r LEFT JOIN delivery d ON d.id = r.delivery_id
WHERE r.period_id = :period AND (r.unit_id = :unit AND r.unit_ids IS NULL OR :unit = ANY(r.unit_ids))
ORDER BY r.due_at, r.id
"""
_FACTS = f"""
WITH {PARTS["home"]}, placed AS ({PARTS["placed"]} WHERE u.id = :unit), {PARTS["timed"]}, {PARTS["unsubmitted"]},
     {PARTS["returned"]}
SELECT t.zone, t.special, t.deadline,
       EXISTS (SELECT FROM obligation o WHERE o.plan_year_id = :plan_year AND o.unit_id = t.unit_id) AS obliged,
       EXISTS (SELECT FROM unsubmitted u WHERE u.unit_id = t.unit_id) AS missing,
       (SELECT max(s.received_at) FROM submission s WHERE s.unit_id = t.unit_id AND s.period_id = :period) AS received_at,
       (SELECT jsonb_agg(jsonb_build_object('day', r.day, 'since', r.since, 'due', r.due) ORDER BY r.day)
        FROM returned r WHERE r.unit_id = t.unit_id) AS returns
FROM timed t
"""


def why(session: Session, period: PeriodInfo, unit_id: int, *, now: datetime, latest: timedelta) -> list[WhyRow]:
    """Every rung of the ladder, in its order; several rows where it fell due more than once or has several recipients."""
    found = ground(session, period, calendar(), now=now, latest=latest)
    ledger = [WhyRow(*row) for row in session.execute(text(_LEDGER), {"period": period.id, "unit": unit_id})]
    facts = session.execute(text(_FACTS), found.key() | {"unit": unit_id}).one()
    rows: list[WhyRow] = []
    rungs = ladder_of(session, period).of_period(period.code)
    for rung in rungs:
        written = [row for row in ledger if row.rung == rung.code]
        rows += written
        rows += _unwritten(rung, found, facts, {row.occasion for row in written})
    known = {rung.code for rung in rungs}
    return rows + [row for row in ledger if row.rung not in known]


def _unwritten(rung: RungSpec, found: Ground, facts: Row[Any], written: set[str | None]) -> Iterator[WhyRow]:
    occasions = [each for each in _occasions(rung, found, facts) if rung.anchor in each.anchors]
    if not occasions and not written:
        yield WhyRow(rung.code, None, None, None, "none", _no_occasion(rung, found), None, None, None)
    for occasion in occasions:
        if occasion.name in written:
            continue
        due_at, send_at = moment(rung, occasion, found.working)
        decision, because = _reason(rung, found, facts, send_at)
        yield WhyRow(rung.code, occasion.name, due_at, send_at, decision, because, None, None, None)


def _reason(  # noqa: PLR0911 - one return for each reason
    rung: RungSpec, found: Ground, facts: Row[Any], send_at: datetime
) -> tuple[str, str]:
    if not found.frozen:
        return "none", f"the obligations of the year are not frozen; run: ranham year freeze {found.period.year}"
    if not facts.obliged:
        return "none", "the unit owes no report in this year"
    if rung.condition == "unsubmitted" and not facts.missing:
        when = f", the last one received {in_wib(facts.received_at)}" if facts.received_at else ""
        return "none", f"nothing is missing{when}"
    if found.closed_at is not None and found.closed_at <= found.now and not rung.after_close:
        return "none", f"the period was closed at {in_wib(found.closed_at)}"
    if send_at > found.now:
        return "not yet", "its time has not come"
    if send_at + found.latest <= found.now:
        return "none", f"missed by more than {found.latest.days} days"
    return "not yet", f"due, and not planned yet; run: ranham remind plan {found.period.label}"


def _no_occasion(rung: RungSpec, found: Ground) -> str:
    if found.period.closes_on is None:
        return "no window is announced"
    if KINDS[rung.anchor] == "return":
        return "no report of the unit is returned now"
    return "no reading of its reports was found late"


def _occasions(rung: RungSpec, found: Ground, facts: Row[Any]) -> Iterator[Occasion]:
    if found.period.closes_on is None:
        return
    ministry = rung.digest and set(rung.audience) <= {"ministry"}
    place = Place(ZONES[0]) if ministry else Place(facts.zone, facts.special or None)
    match KINDS[rung.anchor]:
        case "window":
            yield window_of(found, place)
        case "deadline":
            yield deadline_of(facts.deadline, place)
        case "return":
            for each in facts.returns or ():
                since, due = (datetime.fromisoformat(each[name]) for name in ("since", "due"))
                yield return_of(datetime.fromisoformat(each["day"]).date(), since, due, place)
