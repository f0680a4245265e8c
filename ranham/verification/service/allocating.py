"""Gives open tasks of a desk to its verifiers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.verification.rules import Interests, Waiting, distribute

_DECLARE = """
INSERT INTO verifier_interest (verifier, unit_id, whole_province, declared_at)
SELECT :verifier, unit_id, :whole, :now FROM unnest(cast(:units AS bigint[])) AS unit_id
ON CONFLICT (verifier, unit_id, whole_province) DO NOTHING
"""
_WAITING = """
SELECT t.id, r.unit_id, t.province_id, f.decided_by AS first_reader
FROM verification_task t
JOIN report r ON r.id = t.report_id
LEFT JOIN LATERAL (
    SELECT d.decided_by FROM verification_task o JOIN verification_decision d ON d.task_id = o.id
    WHERE t.second_reading AND o.report_id = t.report_id AND o.tier = t.tier AND o.round = t.round
      AND NOT o.second_reading) f ON true
WHERE t.period_id = :period AND t.done_at IS NULL AND t.verifier IS NULL AND {of_desk}
"""
_LOADS = """
SELECT verifier, count(*) FROM verification_task
WHERE period_id = :period AND done_at IS NULL AND verifier = ANY(:names) GROUP BY verifier
"""
# Who took a task in the meantime keeps it.
_GIVE = """
UPDATE verification_task t SET verifier = g.verifier
FROM unnest(cast(:tasks AS bigint[]), cast(:verifiers AS text[])) AS g(id, verifier)
WHERE t.id = g.id AND t.verifier IS NULL AND t.done_at IS NULL
RETURNING t.id
"""


@dataclass(frozen=True, slots=True)
class Allocated:
    given: Mapping[int, str]
    """Task and its verifier, for those given by this call."""
    loads: Mapping[str, int]
    """Open tasks of each verifier now, with those that they had before."""
    nobody: tuple[int, ...]
    """Tasks that none of these verifiers may take: conflicts of interest leave nobody."""


def allocate(
    session: Session, period: PeriodInfo, verifiers: Mapping[str, Interests], *, office_id: int | None, now: datetime
) -> Allocated:
    """Give what nobody has at a desk (an office; None: the central secretariat) to its verifiers, evenly.

    What is allocated stays where it is, so calling it again gives only what is new. Interests are kept: from now on
    these verifiers cannot take or decide such reports either.
    """
    lock_desk(session, period, office_id)
    for name, interests in sorted(verifiers.items()):
        declare_interests(session, name, interests, now=now)
    scope = {"period": period.id, "names": sorted(verifiers), **desk_scope(office_id)}
    known = interests_of(session, verifiers)
    loads = dict(session.execute(text(_LOADS), scope).tuples().all())
    rows = session.execute(text(_WAITING.format(of_desk=of_desk(office_id))), scope)
    made = distribute([Waiting(*row) for row in rows], known, loads)
    written = session.execute(text(_GIVE), {"tasks": list(made.given), "verifiers": list(made.given.values())})
    given = {task: made.given[task] for task in sorted(written.scalars())}
    counted = {name: loads.get(name, 0) + sum(to == name for to in given.values()) for name in sorted(verifiers)}
    return Allocated(given, counted, made.nobody)


def declare_interests(session: Session, verifier: str, interests: Interests, *, now: datetime) -> None:
    """Keep what a verifier must not judge. Declaring it again changes nothing, and declaring less takes nothing back."""
    for units, whole in ((interests.units, False), (interests.provinces, True)):
        if units:
            scope = {"verifier": verifier, "units": sorted(units), "whole": whole, "now": now}
            session.execute(text(_DECLARE), scope)


def interests_of(session: Session, names: Mapping[str, Interests]) -> dict[str, Interests]:
    """All that was ever declared by these verifiers."""
    units: dict[str, set[int]] = {name: set() for name in names}
    provinces: dict[str, set[int]] = {name: set() for name in names}
    rows = session.execute(
        text("SELECT verifier, unit_id, whole_province FROM verifier_interest WHERE verifier = ANY(:names)"),
        {"names": sorted(names)},
    )
    for verifier, unit_id, whole in rows:
        (provinces if whole else units)[verifier].add(unit_id)
    return {name: Interests(frozenset(units[name]), frozenset(provinces[name])) for name in names}


def lock_desk(session: Session, period: PeriodInfo, office_id: int | None) -> None:
    """One at a time works on many tasks of a desk; who takes a single one does not wait for it."""
    name = f"desk:{period.id}:{office_id or 'central'}"
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def of_desk(office_id: int | None) -> str:
    """Condition for the tasks of a desk: not `IS NOT DISTINCT FROM`, which uses no index."""
    return "t.office_id IS NULL" if office_id is None else "t.office_id = :office"


def desk_scope(office_id: int | None) -> dict[str, int]:
    return {} if office_id is None else {"office": office_id}
