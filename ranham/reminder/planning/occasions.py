"""What rungs count from in a period, in few groups: by place and deadline, never by unit. The rules then say what is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.ladder import RungSpec
from ranham.plan.models import ZoneRule
from ranham.plan.policy import ladder_of
from ranham.plan.queries import PeriodInfo
from ranham.reminder.planning.statements import PARTS
from ranham.reminder.rules import due as rules
from ranham.reminder.rules.due import Anchored, DueRung, Occasion, counting_to, happened
from ranham.reminder.rules.working_time import Calendar, Place, WorkingTime

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""WIB, WITA, WIT."""
KINDS: Mapping[str, str] = {
    "announced": "window",
    "opens": "window",
    "deadline": "deadline",
    "returned": "return",
    "return_due": "return",
    "verification_due": "verification",
}

# The window may come with a later version than the year was frozen with; then that one announces it.
_FACTS = """
SELECT (SELECT min(v.loaded_at) FROM plan_year own JOIN plan_version ov ON ov.id = own.plan_version_id
        JOIN plan_version v ON v.regulation_id = ov.regulation_id AND v.version >= ov.version
        JOIN plan_year y ON y.plan_version_id = v.id AND y.year = own.year
        JOIN period p ON p.plan_year_id = y.id AND p.code = :code AND p.opens_on IS NOT NULL
        WHERE own.id = :plan_year) AS announced_at,
       EXISTS (SELECT FROM year_freeze WHERE plan_year_id = :plan_year) AS frozen,
       (SELECT closed_at FROM period_state WHERE period_id = :period) AS closed_at,
       (SELECT max(until) FROM extension WHERE period_id = :period AND unit_id IS NULL AND approved) AS everybody,
       ARRAY(SELECT DISTINCT until FROM extension
             WHERE period_id = :period AND unit_id IS NOT NULL AND approved) AS extensions
"""
_RETURNS = f"""
WITH {PARTS["home"]}, {PARTS["returned"]}
SELECT p.zone, p.special, t.day, min(t.since) AS since, t.due
FROM returned t JOIN LATERAL ({PARTS["placed"]} WHERE u.id = t.unit_id) p ON true GROUP BY 1, 2, 3, 5
"""
_LATE_READINGS = f"WITH {PARTS['unread']} SELECT day, max(due) AS due FROM unread GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of a period before anybody is looked for."""

    period: PeriodInfo
    rungs: tuple[RungSpec, ...]
    working: WorkingTime
    now: datetime
    latest: timedelta
    """How late a missed reminder still may be sent."""
    frozen: bool
    closed_at: datetime | None
    announced_at: datetime | None
    everybody: datetime | None
    extensions: tuple[datetime, ...]

    @property
    def special(self) -> list[str]:
        """Provinces with days off of their own."""
        return sorted(self.working.calendar.provinces())

    def places(self) -> list[Place]:
        return [Place(zone, province) for zone in ZONES for province in (None, *self.special)]

    def window_end(self, place: Place) -> datetime:
        """First instant after the window, on the clock that the plan names."""
        zone = ZoneInfo(place.zone if self.period.zone_rule is ZoneRule.UNIT else ZONES[0])
        assert self.period.closes_on is not None  # noqa: S101 - whoever asks has an announced window
        midnight = datetime.combine(self.period.closes_on + timedelta(days=1), datetime.min.time(), zone)
        return midnight.astimezone(UTC)

    def key(self) -> dict[str, Any]:
        """Parameters of every statement."""
        return {
            "period": self.period.id,
            "plan_year": self.period.plan_year_id,
            "day": self.period.code_day(),
            "special": self.special,
            "closes_on": self.period.closes_on,
            "jakarta": self.period.zone_rule is ZoneRule.JAKARTA,
            "everybody": self.everybody,
            "now": self.now,
        }


def ground(session: Session, period: PeriodInfo, calendar: Calendar, *, now: datetime, latest: timedelta) -> Ground:
    key = {"period": period.id, "plan_year": period.plan_year_id, "code": period.code}
    row = session.execute(text(_FACTS), key).one()
    ladder = ladder_of(session, period)
    rungs = ladder.of_period(period.code)
    if row.closed_at is not None and row.closed_at <= now:
        rungs = tuple(rung for rung in rungs if rung.after_close)
    return Ground(
        period=period,
        rungs=rungs,
        working=WorkingTime(calendar, ladder.working_from, ladder.working_to),
        now=now,
        latest=latest,
        frozen=row.frozen,
        closed_at=row.closed_at,
        announced_at=row.announced_at,
        everybody=row.everybody,
        extensions=tuple(row.extensions),
    )


def due_rows(session: Session, found: Ground) -> list[dict[str, Any]]:
    """One row for each rung that is due in a group, as the statements take them."""
    if found.period.closes_on is None or not found.frozen or not found.rungs:
        return []
    rows: list[dict[str, Any]] = []
    for digest in (False, True):
        for kind, occasion in _occasions(session, found, digest=digest):
            wanted = [rung for rung in found.rungs if KINDS[rung.anchor] == kind and rung.digest is digest]
            listed = rules.due(wanted, occasion, found.working, now=found.now, latest=found.latest)
            rows += _rows(kind, occasion, listed)
    return [row | {"no": number} for number, row in enumerate(rows, start=1)]


def window_of(found: Ground, place: Place) -> Occasion:
    opens = found.period.opens_on
    assert opens is not None  # noqa: S101 - asked for an announced window only
    zone = ZoneInfo(place.zone if found.period.zone_rule is ZoneRule.UNIT else ZONES[0])
    anchors = {"opens": Anchored(opens, datetime.combine(opens, datetime.min.time(), zone).astimezone(UTC))}
    if found.announced_at is not None:
        anchors["announced"] = happened(found.announced_at)
    return Occasion("window", place, anchors, found.window_end(place))


def deadline_of(deadline: datetime, place: Place) -> Occasion:
    anchor = counting_to(deadline)
    return Occasion(f"deadline {anchor.day}", place, {"deadline": anchor}, anchor.at)


def return_of(day: date, since: datetime, due: datetime, place: Place) -> Occasion:
    anchors = {"returned": Anchored(day, since.astimezone(UTC)), "return_due": counting_to(due)}
    return Occasion(f"return {day}", place, anchors, due)


def verification_of(day: date, due: datetime, place: Place) -> Occasion:
    return Occasion(f"verification {day}", place, {"verification_due": Anchored(day, due)}, due)


def _occasions(session: Session, found: Ground, *, digest: bool) -> Iterator[tuple[str, Occasion]]:
    kinds = {KINDS[rung.anchor] for rung in found.rungs if rung.digest is digest}
    for place in found.places():
        if "window" in kinds:
            yield "window", window_of(found, place)
        if "deadline" in kinds:
            yield from (("deadline", deadline_of(each, place)) for each in _deadlines(found, place, by_day=digest))
    if "return" in kinds:
        yield from (("return", each) for each in _returns(session, found, digest=digest))
    if "verification" in kinds and digest:
        for row in session.execute(text(_LATE_READINGS), found.key()):
            yield from (("verification", verification_of(row.day, row.due, place)) for place in found.places())


def _deadlines(found: Ground, place: Place, *, by_day: bool) -> Iterable[datetime]:
    base = max(filter(None, (found.window_end(place), found.everybody)))
    each = sorted({base, *(max(base, until) for until in found.extensions)})
    return {rules.last_day(deadline): deadline for deadline in each}.values() if by_day else each


def _returns(session: Session, found: Ground, *, digest: bool) -> Iterator[Occasion]:
    rows = session.execute(text(_RETURNS), found.key()).all()
    if not digest:
        for row in rows:
            yield return_of(row.day, row.since, row.due, Place(row.zone, row.special or None))
        return
    days: dict[date, tuple[datetime, datetime]] = {}
    for row in rows:
        since, due = days.get(row.day, (row.since, row.due))
        days[row.day] = min(since, row.since), max(due, row.due)
    for day, (since, due) in days.items():
        yield from (return_of(day, since, due, place) for place in found.places())


def _rows(kind: str, occasion: Occasion, listed: Sequence[DueRung]) -> Iterator[dict[str, Any]]:
    timely = rules.still_timely(listed)
    for rank, each in enumerate(listed):
        yield {
            "kind": kind,
            "rung": each.rung.code,
            "occasion": occasion.name,
            "zone": occasion.place.zone,
            "special": occasion.place.province or "",
            "deadline": occasion.deadline,
            "due_at": each.due_at,
            "send_at": each.send_at,
            "because": each.because,
            "expires_at": each.expires_at,
            "rank": rank,
            "timely": each.rung.code in timely,
            "functions": list(each.rung.audience),
            "channels": list(each.rung.channels),
            "condition": each.rung.condition,
            "digest": each.rung.digest,
        }
