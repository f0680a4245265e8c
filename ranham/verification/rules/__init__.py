"""Rules of verification, pure: rubric, flags, returning, allocation, agreement."""

from ranham.verification.rules.agreement import drawn, kappa
from ranham.verification.rules.allocation import Allocation, Interests, Waiting, distribute
from ranham.verification.rules.flags import FLAG_WORDS, Flag
from ranham.verification.rules.returning import closes_at, return_deadline
from ranham.verification.rules.rubric import (
    WORDS,
    Aspect,
    Decision,
    Mark,
    MeasureMark,
    ReasonCode,
    Tier,
    Verdict,
    findings,
    score_bp,
)

__all__ = [
    "FLAG_WORDS",
    "WORDS",
    "Allocation",
    "Aspect",
    "Decision",
    "Flag",
    "Interests",
    "Mark",
    "MeasureMark",
    "ReasonCode",
    "Tier",
    "Verdict",
    "Waiting",
    "closes_at",
    "distribute",
    "drawn",
    "findings",
    "kappa",
    "return_deadline",
    "score_bp",
]
