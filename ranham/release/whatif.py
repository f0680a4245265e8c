"""What figures would be under other rules or another territory: sandboxes, one period after another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Finding
from ranham.plan.queries import PeriodInfo, list_periods, split_label
from ranham.release import rules as release_rules
from ranham.release import service
from ranham.release.making import inputs
from ranham.release.models import Release
from ranham.release.states import ReleaseState
from ranham.release.subject import Subject


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A question: the plan's rules with what is said otherwise, on the territory of a day."""

    rules: Mapping[str, Any] | None = None
    territory_as_of: date | None = None


def what_if(session: Session, subject: Subject, asked: WhatIf, *, by: str, now: datetime) -> tuple[Release, bool]:
    """The sandbox that answers; False if it was there already, made from the same inputs."""
    given = inputs(
        session, subject, now=now, as_now_known=False, territory_as_of=asked.territory_as_of, said=asked.rules
    )
    data = given.data
    there = session.scalars(
        select(Release)
        .where(
            Release.regulation == subject.regulation,
            Release.label == subject.label,
            Release.sandbox,
            Release.state == ReleaseState.PROVISIONAL,
            Release.rules_digest == release_rules.digest(given.rules),
            Release.territory_as_of == given.territory_as_of,
            Release.watermark == data.watermark,
            Release.event_watermark == data.event_watermark,
            Release.known_at == data.known_at,
        )
        .order_by(Release.id)
        .limit(1)
    ).one_or_none()
    if there is not None:
        return there, False
    made = service.make(
        session,
        subject,
        by=by,
        now=now,
        reason="what if",
        territory_as_of=asked.territory_as_of,
        rules=asked.rules,
        sandbox=True,
    )
    return made, True


def periods_between(session: Session, said: str) -> list[PeriodInfo]:
    """`2019-B04..2022-B12`: every period with an announced window from the first to the last, of every regulation."""
    first, dots, last = said.partition("..")
    if not dots:
        raise BadInput([Finding("range", said, "two periods, for example 2019-B04..2022-B12")])
    ends = [split_label(each)[1:] for each in (first, last)]
    return [
        period
        for period in list_periods(session)
        if period.opens_on is not None and ends[0] <= (period.year, period.code) <= ends[1]
    ]
