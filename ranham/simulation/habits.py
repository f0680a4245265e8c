"""A habit of each simulated unit that stays from period to period: pure and repeatable, by seed and unit code.

A draw is a blend of what the unit always is and of the day's luck. Blending keeps every draw even between 0 and 1, so
shares of absent and late units stay what they were; only who they are becomes the same again and again. How strong
habit is against luck is ours and says nothing about any government.
"""

import random
from statistics import NormalDist

HABIT_SHARE = 0.7
"""Share of the variance of a draw that belongs to the unit."""
_BELL = NormalDist()


def blended(luck: float, *, seed: int, code: str, purpose: str) -> float:
    """An even draw between 0 and 1 that a unit's habit pulls the same way in every period."""
    habit = random.Random(f"{seed}:{code}:{purpose}:habit").random()  # noqa: S311 - repeatable on purpose
    return _BELL.cdf(HABIT_SHARE**0.5 * _bent(habit) + (1 - HABIT_SHARE) ** 0.5 * _bent(luck))


def _bent(even: float) -> float:
    return _BELL.inv_cdf(min(max(even, 1e-9), 1 - 1e-9))
