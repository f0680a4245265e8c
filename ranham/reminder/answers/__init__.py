"""What the ledger answers: why a unit was or was not reminded, how far a rung came, what it did, when rungs are due."""

from ranham.reminder.answers.digests import DigestRow, digests
from ranham.reminder.answers.effect import EffectRow, effect
from ranham.reminder.answers.obstacle import obstacle
from ranham.reminder.answers.status import StatusRow, status
from ranham.reminder.answers.times import TimeRow, times
from ranham.reminder.answers.why import WhyRow, why

__all__ = [
    "DigestRow",
    "EffectRow",
    "StatusRow",
    "TimeRow",
    "WhyRow",
    "digests",
    "effect",
    "obstacle",
    "status",
    "times",
    "why",
]
