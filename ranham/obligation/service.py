"""Freezes a plan year's obligations, and takes dated excuses afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.kernel.clock import in_wib
from ranham.kernel.errors import BadInput, Conflict, Finding, NotFound
from ranham.obligation import rules
from ranham.obligation.models import Exclusion, Excuse, ExcuseKind, Obligation, YearFreeze
from ranham.outbox import service as outbox
from ranham.plan.models import Action, PlanVersion, PlanYear
from ranham.plan.schemas import PlanFile, YearSpec
from ranham.territory import queries as territory


@dataclass(frozen=True, slots=True)
class FreezeResult:
    plan_year_id: int
    year: int
    obligations: int
    units: int
    created: bool
    """False: the year had been frozen before and nothing changed."""


def freeze(session: Session, plan_year_id: int, *, now: datetime) -> FreezeResult:
    """Decide who owes what in a plan year, once; freezing again changes nothing.

    Another version of the same regulation and year cannot be frozen beside it: yesterday's denominator stays.
    Units that a rule leaves out are kept with their reason.
    """
    year = session.get(PlanYear, plan_year_id)
    if year is None:
        raise NotFound(f"no plan year with id {plan_year_id}")
    version = session.get_one(PlanVersion, year.plan_version_id)
    # Two freezes at once: the second waits here and then finds the first one's work.
    session.execute(
        text("SELECT pg_advisory_xact_lock(7268, cast(:id AS int))"), {"id": version.regulation_id * 10_000 + year.year}
    )
    frozen = session.scalar(
        select(YearFreeze).where(YearFreeze.regulation_id == version.regulation_id, YearFreeze.year == year.year)
    )
    if frozen is not None:
        return _result(session, frozen.plan_year_id, year.year, created=False)
    decision = _decide(session, year, version)
    if decision.findings:
        raise BadInput(decision.findings)
    session.add(
        YearFreeze(
            regulation_id=version.regulation_id,
            year=year.year,
            plan_year_id=year.id,
            territory_as_of=year.territory_as_of,
            frozen_at=now,
        )
    )
    session.flush()
    if decision.owed:
        session.execute(
            insert(Obligation),
            [{"plan_year_id": year.id, "unit_id": unit, "action_id": action} for unit, action in decision.owed],
        )
    session.add_all(Exclusion(plan_year_id=year.id, unit_id=unit, reason=reason) for unit, reason in decision.excluded)
    session.flush()
    return _result(session, year.id, year.year, created=True)


def request_excuse(  # noqa: PLR0913 - all that a request says
    session: Session,
    obligation_id: int,
    period_id: int,
    *,
    kind: ExcuseKind,
    justification: str,
    by: str,
    now: datetime,
) -> Excuse:
    """Ask to be excused, or say that an action does not apply. Counts only once it is approved.

    Once for an obligation and a period, again after it was declined, and not after the period was closed.
    """
    if not justification.strip():
        raise Conflict("an excuse needs a justification")
    _refuse_if_closed(session, period_id)
    made = session.scalar(
        insert_once(Excuse)
        .values(
            obligation_id=obligation_id,
            period_id=period_id,
            kind=kind,
            justification=justification,
            requested_by=by,
            requested_at=now,
        )
        .on_conflict_do_nothing(index_elements=["obligation_id", "period_id"], index_where=Excuse.declined_at.is_(None))
        .returning(Excuse.id)
    )
    if made is None:
        before = session.scalars(
            select(Excuse).where(
                Excuse.obligation_id == obligation_id, Excuse.period_id == period_id, Excuse.declined_at.is_(None)
            )
        ).one()
        state = f"approved by {before.approved_by}" if before.approved_by else "not approved yet"
        raise Conflict(f"it is asked for already: excuse {before.id} by {before.requested_by}, {state}")
    return session.get_one(Excuse, made)


def approve_excuse(session: Session, excuse_id: int, *, by: str, now: datetime) -> Excuse:
    """Take the obligation out of the period's denominator. Approving again changes nothing."""
    excuse = _to_decide(session, excuse_id, by=by, word="approve")
    if excuse.declined_at is not None:
        raise Conflict(
            f"it was declined by {excuse.declined_by} ({excuse.decline_reason}); it has to be asked for again"
        )
    if excuse.approved_at is None:
        excuse.approved_at, excuse.approved_by = now, by
        session.flush()
        _tell(session, excuse, "approved", by=by, now=now)
    return excuse


def decline_excuse(session: Session, excuse_id: int, *, reason: str, by: str, now: datetime) -> Excuse:
    """Say no, with a reason: the obligation stays in the denominator. Declining again changes nothing."""
    if not reason.strip():
        raise BadInput([Finding("reason", "nothing", "a reason", "whoever asked has to be told why it is declined")])
    excuse = _to_decide(session, excuse_id, by=by, word="decline")
    if excuse.approved_at is not None:
        raise Conflict(f"it was approved by {excuse.approved_by}; the obligation has left the denominator")
    if excuse.declined_at is None:
        excuse.declined_at, excuse.declined_by, excuse.decline_reason = now, by, reason.strip()
        session.flush()
        _tell(session, excuse, "declined", by=by, now=now)
    return excuse


def _to_decide(session: Session, excuse_id: int, *, by: str, word: str) -> Excuse:
    excuse = session.get(Excuse, excuse_id, with_for_update=True)
    if excuse is None:
        raise NotFound(f"no excuse with id {excuse_id}")
    # The lock that a close takes alone: an approval is either in its last count or refused.
    session.execute(
        text("SELECT pg_advisory_xact_lock_shared(7266, cast(:period AS int))"), {"period": excuse.period_id}
    )
    _refuse_if_closed(session, excuse.period_id)
    if excuse.requested_by == by:
        raise Conflict(f"who asks for an excuse cannot {word} it")
    return excuse


def _tell(session: Session, excuse: Excuse, decision: str, *, by: str, now: datetime) -> None:
    """A message for whoever asked, and the event in the chain, last."""
    said = {"excuse_id": excuse.id, "obligation_id": excuse.obligation_id, "period_id": excuse.period_id}
    told = said | {"requested_by": excuse.requested_by}
    outbox.put(session, topic=f"excuse.{decision}", key=f"excuse-{excuse.id}-{decision}", payload=told, now=now)
    audit.record(
        session, actor=by, kind=f"excuse.{decision}", subject="excuse", subject_id=excuse.id, detail=said, now=now
    )


def _refuse_if_closed(session: Session, period_id: int) -> None:
    closed = session.scalar(text("SELECT closed_at FROM period_state WHERE period_id = :period"), {"period": period_id})
    if closed is not None:
        raise Conflict(f"the period was closed at {in_wib(closed)}; its figures are final")


def _decide(session: Session, year: PlanYear, version: PlanVersion) -> rules.Decision:
    spec = _year_spec(version, year.year)
    action_ids = {
        row.code: row.id
        for row in session.execute(select(Action.code, Action.id).where(Action.plan_year_id == year.id))
    }
    candidates = [
        rules.Candidate(unit.unit_id, unit.level.value, unit.code)
        for unit in territory.tree(session, year.territory_as_of)
    ]
    return rules.decide(
        candidates,
        [
            rules.Rule(
                rule.level,
                None if rule.include == "all" else frozenset(rule.include),
                {excluded.code: excluded.reason for excluded in rule.exclude},
            )
            for rule in spec.obliged
        ],
        [
            rules.OwedAction(
                action_ids[action.code], frozenset(action.levels), frozenset(action.units) if action.units else None
            )
            for action in spec.actions
        ],
        year.territory_as_of,
    )


def _year_spec(version: PlanVersion, year: int) -> YearSpec:
    years: Sequence[YearSpec] = PlanFile.model_validate(version.document).years
    return next(spec for spec in years if spec.year == year)


def _result(session: Session, plan_year_id: int, year: int, *, created: bool) -> FreezeResult:
    obligations, units = session.execute(
        select(func.count(), func.count(Obligation.unit_id.distinct())).where(Obligation.plan_year_id == plan_year_id)
    ).one()
    return FreezeResult(plan_year_id, year, obligations, units, created)
