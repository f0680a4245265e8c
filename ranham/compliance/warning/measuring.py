"""How good forecasts were: counted against what then happened. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ranham.compliance.rules import percent
from ranham.compliance.warning.rules import Conduct


@dataclass(frozen=True, slots=True)
class BackTestRow:
    """Of one period, or of all together. Precision is caught / flagged, recall is caught / missing_or_late."""

    period: str
    rule: str
    """model; last-time: whoever was missing or late last time; everybody: its precision is the base rate."""
    units: int
    missing_or_late: int
    flagged: int
    caught: int

    @property
    def precision(self) -> Decimal | None:
        return percent(self.caught, self.flagged)

    @property
    def recall(self) -> Decimal | None:
        return percent(self.caught, self.missing_or_late)


def measured(period: str, rule: str, flagged: Iterable[int], happened: Mapping[int, Conduct]) -> BackTestRow:
    bad = {unit for unit, conduct in happened.items() if conduct is not Conduct.ON_TIME}
    named = set(flagged) & set(happened)
    return BackTestRow(period, rule, len(happened), len(bad), len(named), len(named & bad))


def together(rows: Iterable[BackTestRow]) -> list[BackTestRow]:
    """Sums over the periods, rule by rule: counts are summed, shares never averaged."""
    sums: dict[str, BackTestRow] = {}
    for row in rows:
        known = sums.get(row.rule, BackTestRow("all", row.rule, 0, 0, 0, 0))
        sums[row.rule] = BackTestRow(
            "all",
            row.rule,
            known.units + row.units,
            known.missing_or_late + row.missing_or_late,
            known.flagged + row.flagged,
            known.caught + row.caught,
        )
    return list(sums.values())
