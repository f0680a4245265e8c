"""The one pass: SQL that turns the obligations of a period into counts, whole or as differences."""

# One row an obligation: what it adds to each count. An approved excuse takes it out of all but `excused`.
FLAGS = """
    (x.id IS NULL)::int AS obligations,
    (x.id IS NOT NULL)::int AS excused,
    (x.id IS NULL AND s.id IS NOT NULL)::int AS reported,
    (x.id IS NULL AND coalesce(s.complete, false))::int AS complete,
    (x.id IS NULL AND coalesce(s.timeliness = 'on_time', false))::int AS on_time,
    (x.id IS NULL AND coalesce(s.timeliness = 'extended', false))::int AS extended,
    (x.id IS NULL AND coalesce(s.timeliness = 'late', false))::int AS late,
    (x.id IS NULL AND coalesce(s.achieved, false))::int AS achieved
"""
COUNTS = ("obligations", "excused", "reported", "complete", "on_time", "extended", "late", "achieved")
COLUMNS = ", ".join(COUNTS)
SUMS = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
MOVES = ", ".join(f"{name} = c.{name} + d.{name}" for name in COUNTS)

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

CURRENT = """
    LEFT JOIN submission s ON s.obligation_id = o.id AND s.period_id = :period AND s.is_current
    LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
"""

FULL = f"""
WITH counted AS MATERIALIZED (
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

# What changed since the watermark: the present contribution of each touched obligation less the one counted before.
DIFFERENCES = f"""
CREATE TEMP TABLE difference ON COMMIT DROP AS
WITH touched AS (
    SELECT DISTINCT obligation_id FROM submission WHERE period_id = :period AND id > :watermark
), moved AS (
    SELECT o.unit_id, o.action_id, 1 AS sign, {FLAGS}
    FROM touched t JOIN obligation o ON o.id = t.obligation_id {CURRENT}
    UNION ALL
    SELECT o.unit_id, o.action_id, -1, {FLAGS}
    FROM touched t JOIN obligation o ON o.id = t.obligation_id
    LEFT JOIN LATERAL (
        SELECT * FROM submission b
        WHERE b.obligation_id = o.id AND b.period_id = :period AND b.id <= :watermark
        ORDER BY b.revision DESC LIMIT 1) s ON true
    LEFT JOIN excuse x ON x.obligation_id = o.id AND x.period_id = :period AND x.approved_at IS NOT NULL
)
SELECT unit_id, action_id, {", ".join(f"sum(sign * {name}) AS {name}" for name in COUNTS)}
FROM moved GROUP BY unit_id, action_id
"""

FOLD_UNITS = f"""
UPDATE unit_count c SET {MOVES}
FROM (SELECT d.unit_id, a.target_group_id, {SUMS}
      FROM difference d JOIN action a ON a.id = d.action_id GROUP BY d.unit_id, a.target_group_id) d
WHERE c.period_id = :period AND c.unit_id = d.unit_id AND c.target_group_id IS NOT DISTINCT FROM d.target_group_id
"""

FOLD_ACTIONS = f"""
UPDATE action_count c SET {MOVES}
FROM (SELECT d.action_id, r.level, {SUMS}
      FROM difference d JOIN reporting_unit r ON r.id = d.unit_id GROUP BY d.action_id, r.level) d
WHERE c.period_id = :period AND c.action_id = d.action_id AND c.level = d.level
"""
