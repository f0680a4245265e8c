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
WITH counted AS (
    SELECT grouping(o.unit_id) AS by_action, o.unit_id, a.target_group_id, a.id AS action_id, r.level,
           count(*) FILTER (WHERE x.id IS NULL) AS obligations, count(*) FILTER (WHERE x.id IS NOT NULL) AS excused,
           count(*) FILTER (WHERE x.id IS NULL AND s.id IS NOT NULL) AS reported,
           count(*) FILTER (WHERE x.id IS NULL AND s.complete) AS complete,
           count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'on_time') AS on_time,
           count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'extended') AS extended,
           count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'late') AS late,
           count(*) FILTER (WHERE x.id IS NULL AND s.achieved) AS achieved,
           count(*) FILTER (WHERE x.id IS NULL AND p.score_bp IS NOT NULL) AS verified,
           coalesce(sum(p.score_bp) FILTER (WHERE x.id IS NULL), 0) AS score_bp
    FROM obligation o JOIN action a ON a.id = o.action_id JOIN reporting_unit r ON r.id = o.unit_id
    LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
    LEFT JOIN report p ON p.obligation_id = o.id AND p.period_id = :period AND p.score_bp IS NOT NULL
    LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
    WHERE o.plan_year_id = :plan_year
    GROUP BY GROUPING SETS ((o.unit_id, a.target_group_id), (a.id, r.level))
), units AS (
    INSERT INTO hand_unit SELECT :period, unit_id, target_group_id, obligations, excused, reported, complete, on_time,
           extended, late, achieved, verified, score_bp FROM counted WHERE by_action = 0)
INSERT INTO hand_action SELECT :period, action_id, level, obligations, excused, reported, complete, on_time, extended,
       late, achieved, verified, score_bp FROM counted WHERE by_action = 1
"""
"""Into tables with the indexes of the engine's own."""

PREPARED = (
    "CREATE TABLE hand_unit (LIKE unit_count)",
    "CREATE INDEX ON hand_unit (period_id, unit_id)",
    "CREATE TABLE hand_action (LIKE action_count INCLUDING ALL)",
)


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
    with engine.begin() as connection:
        for statement in PREPARED:
            connection.execute(text(statement))


def _roll_up(engine: Engine, *, full: bool) -> None:
    with Session(engine) as session, session.begin():
        service.roll_up(session, find_period(session, "2090-B08"), now=NOW, full=full)


def _hand_written(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL work_mem = '64MB'"))
        connection.execute(text("DELETE FROM hand_unit"))
        connection.execute(text("DELETE FROM hand_action"))
        period = connection.execute(
            text(
                "SELECT p.id AS period, y.id AS plan_year FROM period p JOIN plan_year y ON y.id = plan_year_id WHERE year = 2090"
            )
        ).one()
        connection.execute(text(HAND_WRITTEN), {"period": period.period, "plan_year": period.plan_year})


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
