"""Grants roles, ends them, hands them over. History stays: a row's end is set once, and nothing else is changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ranham.access import rules
from ranham.access.models import Role, RoleAssignment
from ranham.access.rules import Place, Span
from ranham.access.service.people import locked_person
from ranham.audit.service import record
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound
from ranham.territory.models import Level, OfficeKind, ReportingUnit, VerifyingOffice


def grant_role(  # noqa: PLR0913 - what a role is
    session: Session,
    person_id: int,
    role: Role,
    *,
    place: Place,
    span: Span,
    by: str,
    now: datetime,
) -> int:
    """Give a person a role from a day on; returns the id of the assignment. Days are those of Jakarta."""
    findings = rules.role_findings(role, place, span) + _place_findings(session, role, place)
    if findings:
        raise BadInput(findings)
    assignment_id = _begin(session, person_id, role, place=place, span=span, by=by, now=now)
    _record(session, "role.granted", assignment_id, by=by, now=now)
    return assignment_id


def end_role(session: Session, role_assignment_id: int, *, on: date, by: str, now: datetime) -> None:
    """End a role; `on` is the first day without it. On its own first day: it never comes into force."""
    assignment = _end(session, role_assignment_id, on=on, by=by, now=now)
    _record(session, "role.ended", assignment.id, by=by, now=now)


def hand_over(  # noqa: PLR0913 - from whom to whom, when and by whom
    session: Session, role_assignment_id: int, to_person_id: int, *, on: date, by: str, now: datetime
) -> int:
    """End one person's role and begin the next one's on the same day; returns the id of the new assignment.

    The place goes on without a gap and without two holders; a planned end goes over too.
    """
    planned_end = session.scalar(select(RoleAssignment.valid_to).where(RoleAssignment.id == role_assignment_id))
    ended = _end(session, role_assignment_id, on=on, by=by, now=now)
    if ended.person_id == to_person_id:
        raise Conflict(f"person {to_person_id} holds this role already")
    place = Place(ended.unit_id, ended.office_id, ended.opd)
    begun = _begin(session, to_person_id, ended.role, place=place, span=Span(on, planned_end), by=by, now=now)
    _record(session, "role.ended", ended.id, by=by, now=now, handed_over_to=begun)
    _record(session, "role.granted", begun, by=by, now=now, handed_over_from=ended.id)
    return begun


def _begin(  # noqa: PLR0913 - as above
    session: Session, person_id: int, role: Role, *, place: Place, span: Span, by: str, now: datetime
) -> int:
    person = locked_person(session, person_id)
    if person.disabled_at is not None:
        raise Conflict(f"person {person_id} is disabled and gets no role")
    same = select(RoleAssignment).where(
        RoleAssignment.person_id == person_id,
        RoleAssignment.role == role,
        RoleAssignment.unit_id.is_not_distinct_from(place.unit_id),
        RoleAssignment.office_id.is_not_distinct_from(place.office_id),
        RoleAssignment.opd.is_not_distinct_from(place.opd),
    )
    for held in session.scalars(same):
        if span.overlaps(Span(held.valid_from, held.valid_to)):
            until = f" to {held.valid_to}" if held.valid_to else ""
            raise Conflict(f"person {person_id} holds this role already, from {held.valid_from}{until} (id {held.id})")
    assignment = RoleAssignment(
        person_id=person_id,
        role=role,
        unit_id=place.unit_id,
        office_id=place.office_id,
        opd=place.opd,
        valid_from=span.valid_from,
        valid_to=span.valid_to,
        granted_by=by,
        granted_at=now,
    )
    session.add(assignment)
    session.flush()
    return assignment.id


def _end(session: Session, role_assignment_id: int, *, on: date, by: str, now: datetime) -> RoleAssignment:
    assignment = session.get(RoleAssignment, role_assignment_id, with_for_update=True)
    if assignment is None:
        raise NotFound(f"no role assignment with id {role_assignment_id}")
    if assignment.ended_at is not None:
        raise Conflict(f"role assignment {role_assignment_id} was ended on {assignment.valid_to}; that stays")
    if assignment.valid_to is not None and assignment.valid_to <= on:
        raise Conflict(f"role assignment {role_assignment_id} ends by itself on {assignment.valid_to}")
    if on < assignment.valid_from:
        raise Conflict(f"role assignment {role_assignment_id} begins on {assignment.valid_from}; it cannot end before")
    assignment.valid_to, assignment.ended_by, assignment.ended_at = on, by, now
    session.flush()
    return assignment


def _place_findings(session: Session, role: Role, place: Place) -> list[Finding]:
    found = []
    if place.unit_id is not None:
        level = session.scalar(select(ReportingUnit.level).where(ReportingUnit.id == place.unit_id))
        if level is None:
            found.append(Finding("unit", str(place.unit_id), "the id of a reporting unit"))
        elif role is Role.PROVINCE_COORDINATOR and level is not Level.PROVINCE:
            found.append(Finding("unit", f"a {level.value}", "a province for a province coordinator"))
    if place.office_id is not None:
        kind = session.scalar(select(VerifyingOffice.kind).where(VerifyingOffice.id == place.office_id))
        if kind is not OfficeKind.KANWIL:
            found.append(Finding("office", str(kind or place.office_id), "a Kanwil; no office for the central team"))
    return found


def _record(session: Session, kind: str, assignment_id: int, *, by: str, now: datetime, **more: int) -> None:
    held = session.get_one(RoleAssignment, assignment_id)
    detail: dict[str, Any] = {
        "person_id": held.person_id,
        "role": held.role.value,
        "unit_id": held.unit_id,
        "office_id": held.office_id,
        "opd": held.opd,
        "valid_from": held.valid_from,
        "valid_to": held.valid_to,
    }
    record(
        session,
        actor=by,
        kind=kind,
        subject="role_assignment",
        subject_id=assignment_id,
        detail=detail | more,
        now=now,
    )
