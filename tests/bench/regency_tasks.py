"""What a user would write first: a task for each regency/city, which counts its obligations with one statement."""

from prefect import flow, task, unmapped
from prefect.cache_policies import NO_CACHE
from sqlalchemy import text

from ranham.kernel.database import read_session
from ranham.plan.queries import find_period

UNITS = """
SELECT DISTINCT o.unit_id FROM obligation o JOIN reporting_unit r ON r.id = o.unit_id
WHERE o.plan_year_id = :plan_year AND r.level = 'regency' ORDER BY 1
"""
COUNT = """
SELECT count(*) AS obligations, count(s.id) AS reported, count(*) FILTER (WHERE s.complete) AS complete,
       count(*) FILTER (WHERE s.timeliness = 'on_time') AS on_time, count(*) FILTER (WHERE s.timeliness = 'late') AS late,
       count(*) FILTER (WHERE s.achieved) AS achieved
FROM obligation o LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
WHERE o.plan_year_id = :plan_year AND o.unit_id = :unit
"""


@task(name="count-regency", cache_policy=NO_CACHE, persist_result=False)
def count_regency(unit: int, period: int, plan_year: int) -> tuple[int, ...]:
    with read_session() as session:
        return tuple(session.execute(text(COUNT), {"unit": unit, "period": period, "plan_year": plan_year}).one())


@flow(name="roll-up-by-regency")
def roll_up_by_regency(label: str) -> list[tuple[int, ...]]:
    """Counts of every regency/city; all tasks are submitted at once, with Prefect's own choice of threads."""
    with read_session() as session:
        period = find_period(session, label)
        units = list(session.scalars(text(UNITS), {"plan_year": period.plan_year_id}))
    counted: list[tuple[int, ...]] = count_regency.map(
        units, unmapped(period.id), unmapped(period.plan_year_id)
    ).result()
    return counted
