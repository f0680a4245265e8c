"""Synthetic obligations and submissions of any size, for the bench only; never a real report."""

from collections.abc import Sequence

from sqlalchemy import Engine, text

REPORTED = 0.9

STATEMENTS: Sequence[str] = (
    "SET LOCAL session_replication_role = replica",
    "INSERT INTO regulation (code, title, instrument) VALUES ('BENCH', 'bench', 'bench')",
    """INSERT INTO plan_version (regulation_id, version, digest, document, loaded_at)
       SELECT id, 1, 'bench', '{}', now() FROM regulation WHERE code = 'BENCH'""",
    """INSERT INTO plan_year (plan_version_id, year, territory_as_of, annual_periods)
       SELECT id, 2090, '2022-01-01', 3 FROM plan_version WHERE digest = 'bench'""",
    """INSERT INTO target_group (plan_version_id, code, name_id, name_en)
       SELECT id, 'g' || g, 'g', 'g' FROM plan_version, generate_series(1, 4) g WHERE digest = 'bench'""",
    """INSERT INTO action (plan_year_id, code, title_id, target_group_id, text_in_sources)
       SELECT y.id, 'A' || a, 'bench', (SELECT id FROM target_group t WHERE t.plan_version_id = y.plan_version_id
              AND t.code = 'g' || (a % 4 + 1)), false
       FROM plan_year y, generate_series(1, :actions) a WHERE y.year = 2090""",
    """INSERT INTO period (plan_year_id, code, closing_month, opens_on, closes_on, zone_rule, window_verified)
       SELECT id, 'B08', 8, '2090-08-28', '2090-09-05', 'jakarta', false FROM plan_year WHERE year = 2090""",
    """INSERT INTO measure (action_id, period_id, number, text_id, required, evidence_kinds)
       SELECT a.id, p.id, 1, 'bench', true, '{}' FROM action a JOIN period p ON p.plan_year_id = a.plan_year_id
       JOIN plan_year y ON y.id = a.plan_year_id WHERE y.year = 2090""",
    """INSERT INTO reporting_unit (key, level, inaugurated_verified)
       SELECT 'bench-' || u, 'regency', true FROM generate_series(1, :units) u""",
    """INSERT INTO unit_version (unit_id, valid_from, code, name, type, parent_id, time_zone, verified)
       SELECT r.id, '2000-01-01', 'B' || r.id, r.key, 'kabupaten',
              (SELECT id FROM reporting_unit WHERE key = 'id-36'), 'Asia/Jakarta', false
       FROM reporting_unit r WHERE r.key LIKE 'bench-%'""",
    """INSERT INTO year_freeze (regulation_id, year, plan_year_id, territory_as_of, frozen_at)
       SELECT v.regulation_id, 2090, y.id, '2022-01-01', now()
       FROM plan_year y JOIN plan_version v ON v.id = y.plan_version_id WHERE y.year = 2090""",
    """INSERT INTO obligation (plan_year_id, unit_id, action_id)
       SELECT y.id, r.id, a.id FROM plan_year y JOIN action a ON a.plan_year_id = y.id, reporting_unit r
       WHERE y.year = 2090 AND r.key LIKE 'bench-%' ORDER BY r.id, a.id""",
)

SUBMISSIONS = """
INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
    submitted_offset_minutes, received_at, channel, author, digest, timeliness, complete, achieved, not_applicable,
    simulated)
SELECT o.id, o.unit_id, o.action_id, p.id, 1, true, now(), 420, now(), 'bench', 'bench', o.id::text,
       CASE WHEN o.id % 17 = 0 THEN 'late' ELSE 'on_time' END, o.id % 5 <> 0, o.id % 3 <> 0, false, true
FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id JOIN period p ON p.plan_year_id = y.id
WHERE y.year = 2090 AND (o.id * 2654435761 % 1000) < 1000 * :share
"""

REVISIONS = """
WITH again AS (
    UPDATE submission s SET is_current = false FROM period p JOIN plan_year y ON y.id = p.plan_year_id
    WHERE s.period_id = p.id AND y.year = 2090 AND s.is_current AND s.obligation_id % 100 = 7
    RETURNING s.*)
INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
    submitted_offset_minutes, received_at, channel, author, digest, timeliness, complete, achieved, not_applicable,
    simulated, replaced_timeliness, replaced_complete, replaced_achieved)
SELECT obligation_id, unit_id, action_id, period_id, revision + 1, true, now(), 420, now(), channel, author,
       digest || 'x', timeliness, true, NOT achieved, false, true, timeliness, complete, achieved FROM again
"""


def build(engine: Engine, *, units: int, actions: int, submissions: bool = True) -> None:
    with engine.begin() as connection:
        for statement in STATEMENTS:
            connection.execute(text(statement), {"units": units, "actions": actions} if ":" in statement else {})
        if submissions:
            connection.execute(text(SUBMISSIONS), {"share": REPORTED})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE obligation, submission, action, reporting_unit"))


def revise_one_percent(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(REVISIONS))
