"""Makes a release: facts, names, figures and their hash, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.kernel.settings import settings
from ranham.plan.policy import policy_of
from ranham.plan.queries import PeriodInfo
from ranham.release import facts, figures, rules
from ranham.release.content import FORMAT, load
from ranham.release.facts import DataVersion
from ranham.release.in_force import groups_known
from ranham.release.models import Release, ReleaseKind
from ranham.release.queries import published
from ranham.release.scoring import weighed_anew
from ranham.release.spelling import content_hash
from ranham.release.states import OPEN, ReleaseState
from ranham.release.subject import Subject, YearInfo, full_label

NUMBERING = "SELECT pg_advisory_xact_lock(7281, hashtext(:label))"
VERSION = """
SELECT coalesce(max(version), 0) + 1 FROM release WHERE regulation = :regulation AND label = :label AND sandbox = :sandbox
"""
TARGET_GROUPS = """
SELECT a.code, coalesce(g.code, '(none)') AS target_group FROM action a LEFT JOIN target_group g ON g.id = a.target_group_id
WHERE a.plan_year_id = :year ORDER BY a.code
"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the figures hang on: the same inputs give the same figures."""

    subject: Subject
    territory_as_of: date
    base: Mapping[str, Any]
    """The plan's own rules."""
    rules: Mapping[str, Any]
    periods: tuple[tuple[PeriodInfo, DataVersion], ...]

    @property
    def data(self) -> DataVersion:
        """Of a year: the furthest of its periods."""
        versions = [version for _, version in self.periods]
        return DataVersion(
            watermark=max(each.watermark for each in versions),
            event_watermark=max(each.event_watermark for each in versions),
            excuses=sum(each.excuses for each in versions),
            known_at=max(each.known_at for each in versions),
        )


def inputs(  # noqa: PLR0913 - what figures hang on
    session: Session,
    subject: Subject,
    *,
    now: datetime,
    as_now_known: bool,
    territory_as_of: date | None = None,
    said: Mapping[str, Any] | None = None,
) -> Inputs:
    """Of a closed period, or of a year whose periods are all closed; refuses what is open."""
    periods = counted_periods(subject)
    if as_now_known:
        known = [(each, facts.as_now_known(session, each, now=now)) for each in periods]
    else:
        known = [(each, _as_published(session, each)) for each in periods]
    first = periods[0]
    base = rules.of_policy(policy_of(session, first), regulation=subject.regulation, plan_version=subject.plan_version)
    small_cells = rules.suppression(
        settings().small_cells,
        _target_groups(session, subject.plan_year_id),
        groups_known(session),
    )
    if small_cells is not None:
        base["suppression"] = small_cells
    if isinstance(subject, YearInfo):
        base["annual"] = {
            "rule": base["scoring"]["annual_rule"],
            "periods": [each.label for each in periods],
            "without_window": [each.label for each in subject.periods if each not in periods],
        }
    return Inputs(
        subject=subject,
        territory_as_of=territory_as_of or subject.territory_as_of,
        base=base,
        rules=rules.changed(base, said) if said else base,
        periods=tuple(known),
    )


def _target_groups(session: Session, plan_year_id: int) -> dict[str, str]:
    """Of each action of the year."""
    return {row.code: row.target_group for row in session.execute(text(TARGET_GROUPS), {"year": plan_year_id})}


def counted_periods(subject: Subject) -> list[PeriodInfo]:
    """A year counts its periods with an announced window: in the others nobody could report."""
    if isinstance(subject, PeriodInfo):
        return [subject]
    found = [period for period in subject.periods if period.opens_on is not None]
    if not found:
        raise Conflict(f"no period of {full_label(subject)} has an announced window, so there is nothing to release")
    return found


def build(  # noqa: PLR0913 - what a release says of itself
    session: Session, given: Inputs, *, by: str, now: datetime, reason: str | None, sandbox: bool
) -> Release:
    """The whole release, provisional."""
    release = _begin(session, given, by=by, now=now, reason=reason, sandbox=sandbox)
    for period, data in given.periods:
        scores = weighed_anew(session, period, data, given.rules, given.base)
        facts.take(session, release.id, period, data, scores=scores)
    facts.take_units(session, release.id, given.territory_as_of)
    if isinstance(given.subject, YearInfo):
        figures.write_year(session, release.id, given.territory_as_of)
    else:
        figures.write_period(session, release.id, given.territory_as_of)
    seal(session, release)
    return release


def seal(session: Session, release: Release) -> None:
    """Put down the hash of what the release says now."""
    release.content_hash = content_hash(load(session, release.number))
    session.flush()


def next_version(session: Session, subject: Subject, *, sandbox: bool) -> tuple[int, str]:
    """The number after the last; nobody else takes it before this transaction ends."""
    session.execute(text(NUMBERING), {"label": full_label(subject)})
    bounds = {"regulation": subject.regulation, "label": subject.label, "sandbox": sandbox}
    version = int(session.scalar(text(VERSION), bounds) or 1)
    return version, f"{full_label(subject)}/{'sandbox-' if sandbox else ''}{version}"


def refuse_second(session: Session, subject: Subject) -> None:
    """One version at a time is on its way, so that nobody signs off what another one overtakes."""
    there = session.scalars(
        select(Release).where(
            Release.regulation == subject.regulation,
            Release.label == subject.label,
            Release.sandbox.is_(False),
            Release.state.in_(OPEN),
        )
    ).one_or_none()
    if there is not None:
        raise Conflict(
            f"{there.number} is {there.state.replace('_', ' ')} already; publish it or drop it before another is made"
        )


def _begin(  # noqa: PLR0913 - as above
    session: Session, given: Inputs, *, by: str, now: datetime, reason: str | None, sandbox: bool
) -> Release:
    subject, data = given.subject, given.data
    version, number = next_version(session, subject, sandbox=sandbox)
    before = published(session, subject)
    release = Release(
        number=number,
        regulation=subject.regulation,
        label=subject.label,
        kind=ReleaseKind.YEAR if isinstance(subject, YearInfo) else ReleaseKind.PERIOD,
        period_id=subject.id if isinstance(subject, PeriodInfo) else None,
        plan_year_id=subject.plan_year_id,
        version=version,
        state=ReleaseState.PROVISIONAL,
        sandbox=sandbox,
        reason=reason,
        rules=dict(given.rules),
        rules_digest=rules.digest(given.rules),
        territory_as_of=given.territory_as_of,
        watermark=data.watermark,
        event_watermark=data.event_watermark,
        excuses=data.excuses,
        known_at=data.known_at,
        simulated=any(facts.simulated(session, period, version) for period, version in given.periods),
        made_at=now,
        made_by=by,
        supersedes=before.id if before is not None else None,
        content_hash="0" * 64,
        release_format=FORMAT,
    )
    session.add(release)
    session.flush()
    return release


def _as_published(session: Session, period: PeriodInfo) -> DataVersion:
    """What the published version counts; where there is none, what the close counted."""
    closed = facts.as_closed(session, period)
    before = published(session, period)
    if before is None:
        return closed
    return DataVersion(before.watermark, before.event_watermark, before.excuses, before.known_at)
