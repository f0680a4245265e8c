"""Figures from counts: pure. A ratio is a numerator, a denominator and the denominator's name; it is never capped."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over a group of obligations, and over the units that owe them."""

    units: int = 0
    reporters: int = 0
    """Distinct units with at least one submission."""
    obligations: int = 0
    """Obligations that count: excused ones have left."""
    excused: int = 0
    reported: int = 0
    complete: int = 0
    on_time: int = 0
    extended: int = 0
    late: int = 0
    achieved: int = 0
    verified: int = 0
    score_bp: int = 0
    """Sum over units of the unit's score: the mean over its obligations, an unverified report counting 0."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Figure:
    figure: str
    numerator: int
    denominator: int
    denominator_name: str

    @property
    def percent(self) -> Decimal | None:
        """Percent with two decimals, half up; None where the denominator is zero, never an invented number."""
        return percent(self.numerator, self.denominator)

    @property
    def impossible(self) -> bool:
        """More than there can be: shown as an error, never clipped."""
        return self.numerator > self.denominator


OBLIGED_UNITS = "obliged reporting units"
OBLIGATIONS = "obligations"
FULL_SCORES = "obliged reporting units x 10000 basis points"

DEFINITIONS: tuple[tuple[str, str, str], ...] = (
    ("participation", "reporters", OBLIGED_UNITS),
    ("completeness", "reported", OBLIGATIONS),
    ("substantive_completeness", "complete", OBLIGATIONS),
    ("on_time", "on_time", OBLIGATIONS),
    ("on_time_within_extension", "extended", OBLIGATIONS),
    ("late", "late", OBLIGATIONS),
    ("achievement", "achieved", OBLIGATIONS),
    ("verified", "verified", OBLIGATIONS),
    ("mean_score", "score_bp", FULL_SCORES),
)
"""Figure, the count above the line, the name of the count below it."""


def percent(numerator: int, denominator: int) -> Decimal | None:
    if denominator == 0:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def figures(counts: Counts) -> list[Figure]:
    """The figures of a group; units whose obligations are all excused are not obliged and not counted."""
    below = {OBLIGED_UNITS: counts.units, OBLIGATIONS: counts.obligations, FULL_SCORES: counts.units * 10_000}
    return [
        Figure(name, getattr(counts, above), below[denominator], denominator)
        for name, above, denominator in DEFINITIONS
    ]


def mean_of_scores_bp(scores: list[tuple[int, int]]) -> int:
    """Annual score of a unit in basis points: the mean of the year's periods [domain: annual score].

    Each item is (sum of its verified reports' scores in basis points, obligations) of a period.
    """
    return mean_of_periods_bp([(total, obligations * 10_000) for total, obligations in scores])


def mean_of_periods_bp(achieved: list[tuple[int, int]]) -> int:
    """Annual mean of a unit in basis points: the mean of the year's periods, not of the pooled counts.

    Each item is (achieved, obligations) of a period; a period without a report is (0, n) and counts 0.
    Rule: the annual score is the mean of the year's periods. That the basis is the share of achieved
    obligations, until verification gives scores, is configuration, unverified.
    """
    counted = [(a, n) for a, n in achieved if n > 0]
    if not counted:
        return 0
    total = sum((Decimal(a) * 10_000 / Decimal(n) for a, n in counted), Decimal(0))
    return int((total / len(counted)).quantize(Decimal(1), ROUND_HALF_UP))
