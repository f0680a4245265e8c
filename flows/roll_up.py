"""Roll a period up: regencies, provinces, ministry. One pass counts, the stages read what it counted."""

from dataclasses import asdict
from typing import Any

from prefect import flow, get_run_logger, task

from flows.busy import skipped_when_busy
from flows.recorded import recorded
from flows.retries import DATABASE
from flows.showing import Progress, show_table
from ranham.compliance import queries, service
from ranham.cycle import lease
from ranham.cycle.models import Step
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.plan.queries import find_period

SHOWN = ("level", "scope", "figure", "numerator", "denominator", "denominator_name", "percent")


@task(name="count-obligations", **DATABASE)
def count_obligations(period: str, lease_name: str, fence: int) -> dict[str, Any]:
    with unit_of_work() as session:
        lease.check_fence(session, lease_name, fence)
        return asdict(service.roll_up(session, find_period(session, period), now=clock.now()))


def _stage(period: str, *levels: str) -> list[queries.FigureRow]:
    with read_session() as session:
        rows = queries.figures(session, find_period(session, period), levels=levels)
    get_run_logger().info("%s: %s figures of %s", period, len(rows), " and ".join(levels))
    return rows


@task(name="roll-up-regencies", **DATABASE)
def roll_up_regencies(period: str) -> int:
    return len(_stage(period, "regency"))


@task(name="roll-up-provinces", **DATABASE)
def roll_up_provinces(period: str) -> int:
    return len(_stage(period, "province", "office"))


@task(name="roll-up-ministry", **DATABASE)
def roll_up_ministry(period: str) -> int:
    """National and K/L figures; the national ones are shown as a table in Prefect's UI."""
    rows = _stage(period, "national", "ministry")
    label = "SIMULATED DATA / DATA SIMULASI. " if any(row.simulated for row in rows) else ""
    show_table(
        [{name: str(getattr(row, name)) for name in SHOWN} for row in rows if row.level == "national"],
        key="national-figures",
        description=f"{label}{period}, {rows[0].state if rows else 'empty'}",
    )
    return len(rows)


STAGES = {"regencies": roll_up_regencies, "provinces": roll_up_provinces, "ministry": roll_up_ministry}


@flow(name="roll-up", flow_run_name="roll-up-{period}")
@skipped_when_busy
def roll_up(period: str) -> dict[str, int]:
    """Figures by stage."""
    with recorded(Step.ROLL_UP, period) as run:
        progress = Progress("progress-roll-up", 1 + len(STAGES))
        counted = count_obligations(period, run.lease, run.fence)
        stages = {}
        for number, (name, stage) in enumerate(STAGES.items(), 1):
            progress.reached(number)
            stages[name] = stage(period)
        progress.reached(progress.whole)
        run.rows, run.summary = counted["obligations_counted"], {**counted, **stages}
    return stages
