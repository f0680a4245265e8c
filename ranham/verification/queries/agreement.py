"""How far first and second readers agree."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.verification.rules import Aspect, kappa


@dataclass(frozen=True, slots=True)
class AgreementRow:
    aspect: str
    readings: int
    """Reports that two people have read."""
    pairs: int
    """Measures that both marked."""
    agreed: int
    kappa: Decimal | None
    """Cohen's kappa, four decimals; None where it is not defined."""
    note: str | None


_PAIRS = """
SELECT a.aspect, first.task_id, a.mark, b.mark
FROM verification_task t
JOIN verification_task o ON o.report_id = t.report_id AND o.tier = t.tier AND o.round = t.round AND o.second_reading
JOIN verification_decision first ON first.task_id = t.id
JOIN verification_decision second ON second.task_id = o.id AND second.submission_id = first.submission_id
JOIN aspect_score a ON a.decision_id = first.id
JOIN aspect_score b ON b.decision_id = second.id AND b.measure_id = a.measure_id AND b.aspect = a.aspect
WHERE t.period_id = :period AND NOT t.second_reading
"""


def agreement(session: Session, period: PeriodInfo) -> list[AgreementRow]:
    """Per aspect, over the measures that a first and a second reader marked in the same revision."""
    pairs: dict[str, list[tuple[str, str]]] = defaultdict(list)
    readings: dict[str, set[int]] = defaultdict(set)
    for aspect, task, first, second in session.execute(text(_PAIRS), {"period": period.id}):
        pairs[aspect].append((first, second))
        readings[aspect].add(task)
    return [_row(aspect, pairs[aspect], len(readings[aspect])) for aspect in Aspect]


def _row(aspect: Aspect, pairs: list[tuple[str, str]], readings: int) -> AgreementRow:
    value = kappa(pairs)
    shown, note = None, None
    if value is not None:
        shown = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    elif pairs:
        note = "not defined: both used one and the same mark throughout"
    else:
        note = "not defined: nothing was read twice yet"
    return AgreementRow(aspect, readings, len(pairs), sum(a == b for a, b in pairs), shown, note)
