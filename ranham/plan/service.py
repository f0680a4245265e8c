"""Loads a plan file as an immutable version of its regulation. Loading the same file again changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ranham.plan.models import (
    Action,
    Measure,
    Period,
    PlanVersion,
    PlanYear,
    Regulation,
    StrategicObjective,
    TargetGroup,
    ZoneRule,
)
from ranham.plan.schemas import PeriodSpec, PlanFile, YearSpec
from ranham.plan.source import digest, read_plan


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    regulation: str
    version: int
    digest: str
    years: list[int]
    created: bool


def load(session: Session, path: Path, *, now: datetime) -> LoadedPlan:
    """Read, check and store a plan file; a changed file becomes the next version, frozen years keep theirs."""
    return load_plan(session, read_plan(path), now=now)


def load_plan(session: Session, plan: PlanFile, *, now: datetime) -> LoadedPlan:
    # Loading is rare and the order of versions matters, so loads go one after another.
    session.execute(text("SELECT pg_advisory_xact_lock(7269)"))
    regulation = session.scalar(select(Regulation).where(Regulation.code == plan.regulation.code))
    if regulation is None:
        regulation = Regulation(
            code=plan.regulation.code, title=plan.regulation.title, instrument=plan.regulation.instrument
        )
        session.add(regulation)
        session.flush()
    years = [year.year for year in plan.years]
    known = session.scalar(
        select(PlanVersion).where(PlanVersion.regulation_id == regulation.id, PlanVersion.digest == digest(plan))
    )
    if known is not None:
        return LoadedPlan(regulation.code, known.version, known.digest, years, created=False)
    last = session.scalar(select(func.max(PlanVersion.version)).where(PlanVersion.regulation_id == regulation.id)) or 0
    version = PlanVersion(
        regulation_id=regulation.id,
        version=last + 1,
        digest=digest(plan),
        document=plan.model_dump(mode="json"),
        loaded_at=now,
    )
    session.add(version)
    session.flush()
    groups = [
        TargetGroup(plan_version_id=version.id, code=g.code, name_id=g.name_id, name_en=g.name_en)
        for g in plan.target_groups
    ]
    objectives = [
        StrategicObjective(plan_version_id=version.id, code=o.code, text_id=o.text_id) for o in plan.objectives
    ]
    session.add_all([*groups, *objectives])
    session.flush()
    group_ids = {g.code: g.id for g in groups}
    objective_ids = {o.code: o.id for o in objectives}
    for year in plan.years:
        _store_year(session, version.id, year, group_ids, objective_ids)
    return LoadedPlan(regulation.code, version.version, version.digest, years, created=True)


def _store_year(
    session: Session, version_id: int, spec: YearSpec, groups: dict[str, int], objectives: dict[str, int]
) -> None:
    year = PlanYear(
        plan_version_id=version_id,
        year=spec.year,
        territory_as_of=spec.territory_as_of,
        annual_periods=len(spec.periods),
    )
    session.add(year)
    session.flush()
    actions = [
        Action(
            plan_year_id=year.id,
            code=a.code,
            title_id=a.title_id,
            target_group_id=groups[a.target_group] if a.target_group else None,
            objective_id=objectives[a.objective] if a.objective else None,
            text_in_sources=a.text_in_sources,
        )
        for a in spec.actions
    ]
    periods = [_period(year.id, p) for p in spec.periods]
    session.add_all([*actions, *periods])
    session.flush()
    action_ids = {a.code: a.id for a in actions}
    period_ids = {p.code: p.id for p in periods}
    session.add_all(
        Measure(
            action_id=action_ids[a.code],
            period_id=period_ids[m.period],
            number=m.number,
            text_id=m.text_id,
            unit_of_measure=m.unit_of_measure,
            value_min=m.value_min,
            value_max=m.value_max,
            required=m.required,
            evidence_kinds=list(m.evidence),
        )
        for a in spec.actions
        for m in a.measures
    )
    session.flush()


def _period(plan_year_id: int, spec: PeriodSpec) -> Period:
    window = spec.window
    return Period(
        plan_year_id=plan_year_id,
        code=spec.code,
        closing_month=spec.closing_month,
        opens_on=window.opens_on if window else None,
        closes_on=window.closes_on if window else None,
        zone_rule=ZoneRule(window.zone_rule) if window else ZoneRule.JAKARTA,
        window_verified=bool(window and window.verified),
    )
