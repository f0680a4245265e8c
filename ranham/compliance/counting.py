"""The one pass: SQL that turns the obligations of a period into counts, whole or as differences."""

COUNTS = ("obligations", "excused", "reported", "complete", "on_time", "extended", "late", "achieved")
COLUMNS = ", ".join(COUNTS)

# A condition over all the rows of a group is one count with FILTER: cheaper than a sum of casts per row.
FULL_SUMS = """
    count(*) FILTER (WHERE x.id IS NULL) AS obligations,
    count(*) FILTER (WHERE x.id IS NOT NULL) AS excused,
    count(*) FILTER (WHERE x.id IS NULL AND s.id IS NOT NULL) AS reported,
    count(*) FILTER (WHERE x.id IS NULL AND s.complete) AS complete,
    count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'on_time') AS on_time,
    count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'extended') AS extended,
    count(*) FILTER (WHERE x.id IS NULL AND s.timeliness = 'late') AS late,
    count(*) FILTER (WHERE x.id IS NULL AND s.achieved) AS achieved
"""

# The lock that importers share: what is below the watermark is committed. Memory enough to sort no group on disk.
BEGIN = "SELECT pg_advisory_xact_lock(7266, cast(:period AS int)), set_config('work_mem', '64MB', true)"

NEWS = """
SELECT EXISTS (SELECT FROM year_freeze WHERE plan_year_id = :plan_year) AS frozen,
       coalesce((SELECT max(id) FROM submission WHERE period_id = :period), 0) AS watermark,
       (SELECT count(*) FROM excuse WHERE period_id = :period AND approved_at IS NOT NULL) AS excuses
"""

CURRENT = """
    LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
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

# What changed since the watermark, one row an obligation: what its report counts now less what it counted before.
# Of the new revisions the current one counts, and the one before the first of them is what was counted: no other row
# has to be looked for. An excused obligation counts nothing, so its reports change nothing.
DIFFERENCES = """
WITH news AS (
    SELECT obligation_id, min(revision) - 1 AS counted_revision, bool_or(is_current AND complete) AS complete,
           max(timeliness) FILTER (WHERE is_current) AS timeliness, bool_or(is_current AND achieved) AS achieved
    FROM submission WHERE period_id = :period AND id > :watermark GROUP BY obligation_id ORDER BY obligation_id
), difference AS MATERIALIZED (
    SELECT o.unit_id, o.action_id, (b.id IS NULL)::int AS reported,
           n.complete::int - coalesce(b.complete, false)::int AS complete,
           (n.timeliness = 'on_time')::int - coalesce(b.timeliness = 'on_time', false)::int AS on_time,
           (n.timeliness = 'extended')::int - coalesce(b.timeliness = 'extended', false)::int AS extended,
           (n.timeliness = 'late')::int - coalesce(b.timeliness = 'late', false)::int AS late,
           n.achieved::int - coalesce(b.achieved, false)::int AS achieved
    FROM news n
    JOIN obligation o ON o.id = n.obligation_id
    LEFT JOIN submission b ON b.obligation_id = n.obligation_id AND b.period_id = :period
         AND b.revision = n.counted_revision
    WHERE NOT EXISTS (SELECT FROM excuse x WHERE x.obligation_id = n.obligation_id AND x.period_id = :period
                      AND x.approved_at IS NOT NULL)
), units AS (
    INSERT INTO unit_count (period_id, unit_id, target_group_id, obligations, excused, reported, complete, on_time,
                            extended, late, achieved)
    SELECT :period, d.unit_id, a.target_group_id, 0, 0, d.reported, d.complete, d.on_time, d.extended, d.late, d.achieved
    FROM difference d JOIN action a ON a.id = d.action_id
    RETURNING unit_id
), actions AS (
    INSERT INTO action_count (period_id, action_id, level, obligations, excused, reported, complete, on_time, extended,
                              late, achieved)
    SELECT :period, d.action_id, r.level, 0, 0, sum(d.reported), sum(d.complete), sum(d.on_time), sum(d.extended),
           sum(d.late), sum(d.achieved)
    FROM difference d JOIN reporting_unit r ON r.id = d.unit_id GROUP BY d.action_id, r.level
)
SELECT count(*) AS counted, count(DISTINCT unit_id) AS units FROM units
"""
