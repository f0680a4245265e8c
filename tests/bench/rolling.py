"""Rollup against one hand-written statement, against differences, and against pandas."""

import resource
from datetime import UTC, datetime

import pandas as pd
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.compliance import service
from ranham.plan.queries import find_period
from ranham.territory import service as territory
from tests.bench import synthetic
from tests.bench.timing import pair, row, seconds

NOW = datetime(2090, 9, 10, tzinfo=UTC)

HAND_WRITTEN = """
INSERT INTO {target}
SELECT grouping(o.unit_id), o.unit_id, a.target_group_id, a.id, r.level,
       count(*) FILTER (WHERE x.id IS NULL), count(*) FILTER (WHERE x.id IS NOT NULL),
       count(*) FILTER (WHERE x.id IS NULL AND s.id IS NOT NULL), count(*) FILTER (WHERE x.id IS NULL AND s.complete),
       count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'on_time'),
       count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'extended'),
       count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'late'), count(*) FILTER (WHERE x.id IS NULL AND s.achieved)
FROM obligation o JOIN action a ON a.id = o.action_id JOIN reporting_unit r ON r.id = o.unit_id
LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
WHERE o.plan_year_id = :plan_year
GROUP BY GROUPING SETS ((o.unit_id, a.target_group_id), (a.id, r.level))
"""


def real_size(engine: Engine) -> list[dict[str, object]]:
    """550 units with 6 actions."""
    _load(engine, units=550, actions=6)
    ours, theirs = pair(lambda: _roll_up(engine, full=True), lambda: _hand_written(engine), runs=15)
    whole, scripted = pair(lambda: _roll_up(engine, full=True), lambda: _pandas(engine), runs=5)
    return [
        row("rollup, 3,300 obligations", ours, "hand-written statement", theirs, "<= 1.5"),
        row("rollup, 3,300 obligations", whole, "pandas script", scripted, ""),
    ]


def large(engine: Engine) -> list[dict[str, object]]:
    """84,000 units with 100 actions."""
    _load(engine, units=84_000, actions=100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours, theirs = pair(lambda: _roll_up(engine, full=True), lambda: _hand_written(engine), runs=3)
    synthetic.revise_one_percent(engine)
    changed = seconds(lambda: _roll_up(engine, full=False))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        row("rollup, 8.4 million obligations", ours, "hand-written statement", theirs, "<= 1.2"),
        row("re-rollup after 1 % changed", changed, "full rollup", ours, "<= 0.05"),
        {
            "what": "peak memory of Python, MB",
            "seconds": memory,
            "against": f"before: {before // 1024}",
            "floor": "< 250",
        },
    ]


def _load(engine: Engine, *, units: int, actions: int) -> None:
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
    synthetic.build(engine, units=units, actions=actions)


def _roll_up(engine: Engine, *, full: bool) -> None:
    with Session(engine) as session, session.begin():
        service.roll_up(session, find_period(session, "2090-B08"), now=NOW, full=full)


def _hand_written(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        period = find_period(session, "2090-B08")
        session.execute(text("SET LOCAL work_mem = '64MB'"))
        session.execute(
            text("""CREATE TEMP TABLE hand (kind int, unit_id bigint, target_group_id bigint, action_id bigint, level text,
                    obligations bigint, excused bigint, reported bigint, complete bigint, on_time bigint, extended bigint,
                    late bigint, achieved bigint) ON COMMIT DROP""")
        )
        session.execute(
            text(HAND_WRITTEN.format(target="hand")), {"period": period.id, "plan_year": period.plan_year_id}
        )


def _pandas(engine: Engine) -> None:
    with engine.connect() as connection:
        obligations = pd.read_sql(
            text(
                "SELECT o.id, unit_id, action_id FROM obligation o JOIN plan_year y ON y.id = plan_year_id WHERE year = 2090"
            ),
            connection,
        )
        submissions = pd.read_sql(
            text("SELECT obligation_id, complete, achieved, timeliness FROM submission WHERE is_current"), connection
        )
    merged = obligations.merge(submissions, left_on="id", right_on="obligation_id", how="left")
    merged["reported"] = merged.obligation_id.notna()
    merged.groupby("unit_id")[["reported", "complete", "achieved"]].sum()
    merged.groupby("action_id")[["reported", "complete", "achieved"]].sum()
