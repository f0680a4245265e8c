"""The early warning of a period, and how good such warnings were."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ranham.compliance.warning import history
from ranham.compliance.warning.measuring import BackTestRow, measured, together
from ranham.compliance.warning.rules import Conduct, Forecast, foretell
from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo, list_periods
from ranham.territory.queries import UnitAsOf, tree


@dataclass(frozen=True, slots=True)
class WarningRow:
    unit_code: str | None
    unit_name: str
    level: str
    province: str | None
    """Code of its province; of a province its own."""
    risk: Decimal
    """Percent: missing and late together."""
    missing: Decimal
    late: Decimal
    flagged: bool
    reasons: tuple[str, ...]


def warnings(
    session: Session, period: PeriodInfo, *, now: datetime, level: str | None = None, province: str | None = None
) -> list[WarningRow]:
    """Who may be late or missing in a period, the highest risk first, from what was known before its window opened."""
    known_at = history.known_from(period, now)
    earlier = history.earlier(session, period, known_at)
    if not earlier:
        raise NotFound(f"no period with reports had ended before {period.label} opens: there is nothing to learn from")
    forecasts = foretell(history.subjects(session, period), history.seen(session, earlier, known_at))
    places = {unit.unit_id: unit for unit in tree(session, period.code_day())}
    rows = [_row(forecast, places) for forecast in forecasts]
    return [row for row in rows if level in (None, row.level) and province in (None, row.province)]


def back_test(session: Session) -> list[BackTestRow]:
    """Every period with reports that has an earlier one is foretold as it would have been; the sums come last."""
    rows = []
    for period in list_periods(session):
        opens_at, ends_at = period.opens_at(), period.ends_at()
        if opens_at is None or ends_at is None:
            continue
        earlier = history.earlier(session, period, opens_at)
        happened = {each.unit_id: each.conduct for each in history.seen(session, [period], None)}
        if not earlier or set(happened.values()) <= {Conduct.MISSING}:
            continue
        known = history.seen(session, earlier, opens_at)
        forecasts = foretell(history.subjects(session, period), known)
        last = {each.unit_id: each.conduct for each in known}
        flagged = {
            "model": [forecast.unit_id for forecast in forecasts if forecast.flagged],
            "last-time": [unit for unit, conduct in last.items() if conduct is not Conduct.ON_TIME],
            "everybody": list(happened),
        }
        rows += [measured(period.label, rule, units, happened) for rule, units in flagged.items()]
    if not rows:
        raise NotFound("two periods with reports are needed, one after the other; there are none")
    return [*rows, *together(rows)]


def _row(forecast: Forecast, places: dict[int, UnitAsOf]) -> WarningRow:
    unit = places.get(forecast.unit_id)
    parent = places.get(unit.parent_id) if unit and unit.parent_id else None
    code = unit.code if unit else None
    return WarningRow(
        unit_code=code,
        unit_name=unit.title if unit else "(does not stand on that day)",
        level=unit.level.value if unit else "unknown",
        province=parent.code if parent else code if unit and unit.level.value == "province" else None,
        risk=Decimal(forecast.risk_bp) / 100,
        missing=Decimal(forecast.missing_bp) / 100,
        late=Decimal(forecast.late_bp) / 100,
        flagged=forecast.flagged,
        reasons=forecast.reasons,
    )
