"""The one pass: SQL that turns the obligations of a period into counts, whole or as differences."""

COUNTS = (
    "obligations", "excused", "reported", "complete", "on_time", "extended", "late", "achieved", "verified", "score_bp",
)  # fmt: skip
COLUMNS = ", ".join(COUNTS)

DIFFERENCE_SUMS = ", ".join(f"sum(n.{name})" for name in COUNTS[2:])
"""Obligations and excuses never change by news of reports."""

# A condition over all the rows of a group is one count with FILTER: cheaper than a sum of casts per row.
FULL_SUMS = """
    count(*) FILTER (WHERE x.id IS NULL) AS obligations,
    count(*) FILTER (WHERE x.id IS NOT NULL) AS excused,
    count(*) FILTER (WHERE x.id IS NULL AND s.id IS NOT NULL) AS reported,
    count(*) FILTER (WHERE x.id IS NULL AND s.complete) AS complete,
    count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'on_time') AS on_time,
    count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'extended') AS extended,
    count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'late') AS late,
    count(*) FILTER (WHERE x.id IS NULL AND s.achieved) AS achieved,
    count(*) FILTER (WHERE x.id IS NULL AND p.score_bp IS NOT NULL) AS verified,
    coalesce(sum(p.score_bp) FILTER (WHERE x.id IS NULL), 0) AS score_bp
"""

# The lock that importers share: what is below the watermark is committed. Memory enough to sort no group on disk.
BEGIN = "SELECT pg_advisory_xact_lock(7266, cast(:period AS int)), set_config('work_mem', '64MB', true)"

NEWS = """
SELECT EXISTS (SELECT FROM year_freeze WHERE plan_year_id = :plan_year) AS frozen,
       coalesce((SELECT max(id) FROM submission WHERE period_id = :period), 0) AS watermark,
       coalesce((SELECT max(id) FROM report_event WHERE period_id = :period), 0) AS event_watermark,
       (SELECT count(*) FROM excuse WHERE period_id = :period AND approved_at IS NOT NULL) AS excuses
"""

CURRENT = """
    LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
    LEFT JOIN report p ON p.obligation_id = o.id AND p.period_id = :period AND p.score_bp IS NOT NULL
    LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
"""

FULL = f"""
WITH old_units AS (DELETE FROM unit_count WHERE period_id = :period),
old_actions AS (DELETE FROM action_count WHERE period_id = :period),
counted AS MATERIALIZED (
    SELECT grouping(o.unit_id) AS by_action, o.unit_id, a.target_group_id, a.id AS action_id, r.level, {FULL_SUMS}
    FROM obligation o
    JOIN action a ON a.id = o.action_id
    JOIN reporting_unit r ON r.id = o.unit_id
    {CURRENT}
    WHERE o.plan_year_id = :plan_year
    GROUP BY GROUPING SETS ((o.unit_id, a.target_group_id), (a.id, r.level))
), units AS (
    INSERT INTO unit_count (period_id, unit_id, target_group_id, {COLUMNS})
    SELECT :period, unit_id, target_group_id, {COLUMNS} FROM counted WHERE by_action = 0
    RETURNING unit_id, obligations + excused AS counted
), actions AS (
    INSERT INTO action_count (period_id, action_id, level, {COLUMNS})
    SELECT :period, action_id, level, {COLUMNS} FROM counted WHERE by_action = 1
)
SELECT count(DISTINCT unit_id) AS units, coalesce(sum(counted), 0)::bigint AS counted FROM units
"""

# What changed since the watermark: each new revision counts what it says less what the one before it said, so a chain
# of revisions adds up to its last, and neither the obligation nor the older revision has to be looked for: reading
# them from all over the disk took four fifths of the time. Events of verification are news in the same way. An excused
# obligation counts nothing.
DIFFERENCES = f"""
WITH news AS MATERIALIZED (
    SELECT n.* FROM (
        SELECT s.obligation_id, s.unit_id, s.action_id, (s.revision = 1)::int AS reported,
               s.complete::int - coalesce(s.replaced_complete, false)::int AS complete,
               (s.timeliness = 'on_time')::int - coalesce(s.replaced_timeliness = 'on_time', false)::int AS on_time,
               (s.timeliness = 'extended')::int - coalesce(s.replaced_timeliness = 'extended', false)::int AS extended,
               (s.timeliness = 'late')::int - coalesce(s.replaced_timeliness = 'late', false)::int AS late,
               s.achieved::int - coalesce(s.replaced_achieved, false)::int AS achieved, 0 AS verified, 0 AS score_bp
        FROM submission s WHERE s.period_id = :period AND s.id > :watermark
        UNION ALL
        SELECT e.obligation_id, e.unit_id, e.action_id, 0, 0, 0, 0, 0, 0,
               (e.score_bp IS NOT NULL)::int - (e.replaced_score_bp IS NOT NULL)::int,
               coalesce(e.score_bp, 0) - coalesce(e.replaced_score_bp, 0)
        FROM report_event e WHERE e.period_id = :period AND e.id > :event_watermark
    ) n
    WHERE NOT EXISTS (SELECT FROM excuse x WHERE x.obligation_id = n.obligation_id AND x.period_id = :period
                      AND x.approved_at IS NOT NULL)
), units AS (
    INSERT INTO unit_count (period_id, unit_id, target_group_id, {COLUMNS})
    SELECT :period, n.unit_id, a.target_group_id, 0, 0, {DIFFERENCE_SUMS}
    FROM news n JOIN action a ON a.id = n.action_id GROUP BY n.unit_id, a.target_group_id
    RETURNING unit_id
), actions AS (
    INSERT INTO action_count (period_id, action_id, level, {COLUMNS})
    SELECT :period, n.action_id, r.level, 0, 0, {DIFFERENCE_SUMS}
    FROM news n JOIN reporting_unit r ON r.id = n.unit_id GROUP BY n.action_id, r.level
)
SELECT (SELECT count(DISTINCT obligation_id) FROM news) AS counted, count(DISTINCT unit_id) AS units FROM units
"""
