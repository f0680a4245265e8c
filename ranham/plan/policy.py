"""How a period is verified, scored and reminded of: the plan's own words, or starting values marked unverified."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.ladder import LadderSpec
from ranham.plan.queries import PeriodInfo
from ranham.plan.schemas import ScoringSpec, TieredVerificationSpec, TierSpec, VerificationSpec

STARTING_VALUES = TieredVerificationSpec(
    tiers=(
        TierSpec(name="pre_check", days=5, escalates=True),
        TierSpec(name="central", days=3, escalates=True),
    ),
    max_rounds=2,
    return_days=3,
    second_reading_share_bp=1000,
    partly_fulfilled_bp=5000,
    unverified=("tiers", "max_rounds", "return_days", "second_reading_share_bp", "partly_fulfilled_bp"),
)
"""Configuration, unverified: no formal rule is published for tiers, limits, returns, second readings or part marks."""

# Parts of the document: the actions of a year are many and not needed.
_PARTS = """
SELECT y -> 'scoring' AS scoring, y -> 'verification' AS verification,
       (SELECT p -> 'verification' FROM jsonb_array_elements(y -> 'periods') p WHERE p ->> 'code' = :code) AS central_days
FROM plan_year py JOIN plan_version v ON v.id = py.plan_version_id,
     jsonb_array_elements(v.document -> 'years') y
WHERE py.id = :plan_year AND (y ->> 'year')::int = py.year
"""
# Reminders bind no figure, so the newest version that has a ladder is followed, also in a year that is frozen.
_LADDER = """
SELECT y -> 'reminders' FROM plan_year py JOIN plan_version own ON own.id = py.plan_version_id
JOIN plan_version v ON v.regulation_id = own.regulation_id, jsonb_array_elements(v.document -> 'years') y
WHERE py.id = :plan_year AND (y ->> 'year')::int = py.year AND jsonb_typeof(y -> 'reminders') = 'object'
ORDER BY v.version DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """Of the plan version that the period belongs to, so what was decided under it can be repeated."""

    scoring: ScoringSpec
    verification: TieredVerificationSpec
    central_days: VerificationSpec | None
    """Published days of the period's central verification."""


def policy_of(session: Session, period: PeriodInfo) -> Policy:
    row = session.execute(text(_PARTS), {"plan_year": period.plan_year_id, "code": period.code}).one_or_none()
    if row is None:
        raise Conflict(f"the plan of {period.label} does not say how its reports are scored")
    return Policy(
        scoring=ScoringSpec.model_validate(row.scoring),
        verification=TieredVerificationSpec.model_validate(row.verification) if row.verification else STARTING_VALUES,
        central_days=VerificationSpec.model_validate(row.central_days) if row.central_days else None,
    )


@lru_cache
def starting_ladder() -> LadderSpec:
    """Configuration, unverified: no rule for reminders is published."""
    written = (resources.files("ranham.plan") / "starting-ladder.yaml").read_text(encoding="utf-8")
    return LadderSpec.model_validate(yaml.safe_load(written))


def ladder_of(session: Session, period: PeriodInfo) -> LadderSpec:
    """All rungs of the period's year; `of_period` names those that hold in it."""
    found = session.scalar(text(_LADDER), {"plan_year": period.plan_year_id})
    return LadderSpec.model_validate(found) if found is not None else starting_ladder()
