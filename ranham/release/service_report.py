"""How well a reporting cycle was served: figures about the secretariat's own work, not about the reporters'."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo, full_label
from ranham.reminder.answers.arrived import Arrived, arrived


@dataclass(frozen=True, slots=True)
class ServiceFigure:
    figure: str
    value: Decimal | None
    """None: there is nothing to count; `basis_name` says why."""
    unit: str
    basis: int | None
    """Of how many things; of a share the denominator."""
    basis_name: str
    numerator: int | None = None
    """Of a share only."""
    simulated: bool = False
    """Reports of the period are."""


@dataclass(frozen=True, slots=True)
class ServiceReport:
    period: str
    as_of: datetime
    simulated: bool
    figures: tuple[ServiceFigure, ...]


# From the first time that a report came to the last time that it was verified: rounds of return are in it.
_DAYS = """
SELECT count(*) AS reports, percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds) AS p90
FROM (
    SELECT greatest(0, extract(epoch FROM max(e.at) - min(s.received_at))::bigint) AS seconds
    FROM report r
    JOIN report_event e ON e.report_id = r.id AND e.to_state = 'verified' AND e.from_state <> 'verified' AND e.at <= :as_of
    JOIN submission s ON s.obligation_id = r.obligation_id AND s.period_id = r.period_id AND s.revision = 1
    WHERE r.period_id = :period AND r.score_bp IS NOT NULL GROUP BY r.id) d
"""
_ROUNDS = """
SELECT count(*) AS reports, count(*) FILTER (WHERE round > 0) AS returned, coalesce(sum(round), 0) AS rounds,
       coalesce(max(round), 0) AS most
FROM report WHERE period_id = :period
"""
_FRESHNESS = """
SELECT u.computed_at, count(n.at) AS news, min(n.at) AS oldest FROM rollup u
LEFT JOIN (
    SELECT id, received_at AS at, true AS sent FROM submission WHERE period_id = :period
    UNION ALL SELECT id, at, false FROM report_event WHERE period_id = :period AND score_bp IS DISTINCT FROM replaced_score_bp
) n ON n.id > CASE WHEN n.sent THEN u.watermark ELSE u.event_watermark END AND n.at <= :as_of
WHERE u.period_id = :period GROUP BY u.computed_at
"""
_EXTENSIONS = """
SELECT count(*) FILTER (WHERE unit_id IS NOT NULL) AS asked, count(*) FILTER (WHERE unit_id IS NOT NULL AND approved) AS approved,
       count(*) FILTER (WHERE unit_id IS NULL) AS asked_for_all, count(*) FILTER (WHERE unit_id IS NULL AND approved) AS amnesties
FROM extension WHERE period_id = :period AND requested_at <= :as_of
"""
_SIMULATED = "SELECT EXISTS (SELECT FROM submission WHERE period_id = :period AND simulated)"


def service_report(session: Session, period: PeriodInfo, *, as_of: datetime) -> ServiceReport:
    """Of one period, as it stands at an instant."""
    scope = {"period": period.id, "as_of": as_of}
    figures = (
        *_verification(session.execute(text(_DAYS), scope).one()),
        *_returns(session.execute(text(_ROUNDS), scope).one()),
        *_freshness(session.execute(text(_FRESHNESS), scope).one_or_none(), as_of),
        *_extensions(session.execute(text(_EXTENSIONS), scope).one()),
        *_reminders(arrived(session, period, as_of=as_of)),
    )
    simulated = bool(session.scalar(text(_SIMULATED), scope))
    marked = tuple(replace(figure, simulated=simulated) for figure in figures)
    return ServiceReport(full_label(period), as_of, simulated, marked)


def _verification(row: Row[tuple[object, ...]]) -> list[ServiceFigure]:
    return [
        ServiceFigure(f"verification_days_{name}", _days(seconds), "days", row.reports, "verified reports")
        for name, seconds in (("median", row.median), ("p90", row.p90))
    ]


def _returns(row: Row[tuple[object, ...]]) -> list[ServiceFigure]:
    basis = (row.reports, "reports with a life-cycle")
    return [
        ServiceFigure("reports_returned", Decimal(row.returned), "reports", *basis),
        ServiceFigure("return_rounds", Decimal(row.rounds), "rounds", *basis),
        ServiceFigure("return_rounds_most", Decimal(row.most), "rounds", *basis),
    ]


def _freshness(row: Row[tuple[object, ...]] | None, as_of: datetime) -> list[ServiceFigure]:
    """How long the oldest news has been waiting that the rollup does not count; 0: it counts everything."""
    basis = "submissions and events that the rollup does not count"
    if row is None:
        return [ServiceFigure("rollup_behind", None, "hours", None, "the period was never rolled up")]
    waiting = (as_of - row.oldest).total_seconds() if row.oldest else 0
    return [ServiceFigure("rollup_behind", _divided(int(waiting), 3_600), "hours", row.news, basis)]


def _extensions(row: Row[tuple[object, ...]]) -> list[ServiceFigure]:
    return [
        ServiceFigure("extensions_approved", Decimal(row.approved), "requests", row.asked, "requests for a unit"),
        ServiceFigure("amnesties", Decimal(row.amnesties), "requests", row.asked_for_all, "requests for everybody"),
    ]


def _reminders(found: Arrived) -> list[ServiceFigure]:
    """The share that arrived; what is withdrawn or still waits stays in the denominator, and is said in a number of its own."""
    of = "reminders decided to be sent"
    if found.decided:
        percent = _divided(100 * found.arrived, found.decided)
        share = ServiceFigure("reminders_delivered", percent, "percent", found.decided, of, found.arrived)
    else:
        share = ServiceFigure("reminders_delivered", None, "percent", None, "no reminder was decided to be sent")
    others = ("confirmed", "waiting", "bounced", "failed", "unknown", "withdrawn")
    return [
        share,
        *(
            ServiceFigure(f"reminders_{name}", Decimal(getattr(found, name)), "reminders", found.decided, of)
            for name in others
        ),
    ]


def _days(seconds: int | None) -> Decimal | None:
    return None if seconds is None else _divided(seconds, 86_400)


def _divided(number: int, by: int) -> Decimal:
    return (Decimal(number) / by).quantize(Decimal("0.01"), ROUND_HALF_UP)
