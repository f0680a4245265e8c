"""Statements of the planner, in parts: who is where, who owes what, who is told, and what is written."""

from collections.abc import Mapping

PARTS: Mapping[str, str] = {
    # Provinces as of the period: their clock, their days off, their Kanwil.
    "home": """home AS (
        SELECT r.id AS province_id, v.time_zone AS zone,
               CASE WHEN v.code = ANY(cast(:special AS text[])) THEN v.code ELSE '' END AS special, a.office_id
        FROM reporting_unit r
        JOIN unit_version v ON v.unit_id = r.id AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)
        LEFT JOIN office_assignment a ON a.unit_id = r.id AND a.valid_from <= :day
             AND (a.valid_to IS NULL OR a.valid_to > :day)
        WHERE r.level = 'province')""",
    "office": """office AS (
        SELECT DISTINCT ON (office_id) office_id, zone, special FROM home WHERE office_id IS NOT NULL
        ORDER BY office_id, province_id)""",
    # A K/L sits in Jakarta and has no province.
    "placed": """
        SELECT u.id AS unit_id, coalesce(v.time_zone, 'Asia/Jakarta') AS zone, coalesce(h.special, '') AS special,
               h.province_id, h.office_id, h.zone AS home_zone
        FROM reporting_unit u
        LEFT JOIN unit_version v ON v.unit_id = u.id AND v.valid_from <= :day
             AND (v.valid_to IS NULL OR v.valid_to > :day)
        LEFT JOIN home h ON h.province_id = CASE WHEN u.level <> 'ministry' THEN coalesce(v.parent_id, u.id) END""",
    "timed": """timed AS (
        SELECT p.*, greatest((cast(:closes_on AS date) + 1)::timestamp
                             AT TIME ZONE CASE WHEN :jakarta THEN 'Asia/Jakarta' ELSE p.zone END,
                             cast(:everybody AS timestamptz), x.until) AS deadline
        FROM placed p
        LEFT JOIN (SELECT unit_id, max(until) AS until FROM extension
                   WHERE period_id = :period AND unit_id IS NOT NULL AND approved GROUP BY 1) x ON x.unit_id = p.unit_id)""",
    "always": """always AS (SELECT DISTINCT unit_id FROM obligation WHERE plan_year_id = :plan_year)""",
    "unsubmitted": """unsubmitted AS (
        SELECT DISTINCT o.unit_id FROM obligation o
        WHERE o.plan_year_id = :plan_year
          AND NOT EXISTS (SELECT FROM submission s
                          WHERE s.obligation_id = o.id AND s.period_id = :period AND s.is_current)
          AND NOT EXISTS (SELECT FROM excuse x WHERE x.obligation_id = o.id AND x.period_id = :period
                          AND x.approved_at IS NOT NULL))""",
    "returned": """returned AS (
        SELECT r.unit_id, (e.at AT TIME ZONE 'Asia/Jakarta')::date AS day, min(e.at) AS since,
               min(r.return_due_at) AS due
        FROM report r
        JOIN LATERAL (SELECT max(e.at) AS at FROM report_event e WHERE e.report_id = r.id AND e.event = 'return') e
             ON e.at IS NOT NULL
        WHERE r.period_id = :period AND r.state = 'returned' AND r.return_due_at IS NOT NULL GROUP BY 1, 2)""",
    "unread": """unread AS (
        SELECT r.unit_id, t.office_id, t.due_at AS due,
               ((t.due_at - interval '1 microsecond') AT TIME ZONE 'Asia/Jakarta')::date AS day
        FROM verification_task t JOIN report r ON r.id = t.report_id
        WHERE t.period_id = :period AND t.done_at IS NULL AND NOT t.second_reading AND t.due_at <= :now)""",
}

DUE = """due AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(cast(:due AS jsonb)) AS d (no int, kind text, rung text, occasion text, zone text,
        special text, deadline timestamptz, due_at timestamptz, send_at timestamptz, because text, rank int,
        timely boolean, functions text[], channels text[], condition text, digest boolean))"""

# What the ledger has. A row that says nobody, or whose message could not reach its recipient, leaves the question open as
# long as the rung is timely: whoever is found then gets it, and who has a row already does not. A copy is no answer.
_LEFT = """NOT EXISTS (
    SELECT FROM reminder r WHERE r.period_id = :period AND r.rung = d.rung AND r.occasion = d.occasion
      AND {same} AND NOT (r.courtesy OR d.timely AND (r.decision = 'nobody' OR r.delivery_id IN (
        SELECT f.id FROM delivery f WHERE f.kind = 'reminder'
          AND (f.state = 'permanent_failure'
               OR f.state = 'cancelled' AND f.because ~ '^the (contact ended|person was disabled)')))))"""
LEFT_OF_UNIT = _LEFT.format(same="r.unit_id = {unit} AND r.office_id IS NULL")
LEFT_OF_OFFICE = _LEFT.format(
    same="coalesce(r.unit_id, 0) = coalesce(a.unit_id, 0) AND coalesce(r.office_id, 0) = coalesce(a.office_id, 0)"
)

UNIT_ROWS: Mapping[str, str] = {
    "window": """SELECT d.no, t.unit_id, NULL::bigint AS office_id, NULL::bigint[] AS unit_ids, d.functions
        FROM due d JOIN timed t ON t.zone = d.zone AND t.special = d.special
        JOIN {condition} s ON s.unit_id = t.unit_id
        WHERE NOT d.digest AND d.kind = 'window' AND d.condition = '{condition}' AND """
    + LEFT_OF_UNIT.format(unit="t.unit_id"),
    "deadline": """SELECT d.no, t.unit_id, NULL::bigint, NULL::bigint[], d.functions
        FROM due d JOIN timed t ON t.zone = d.zone AND t.special = d.special AND t.deadline = d.deadline
        JOIN {condition} s ON s.unit_id = t.unit_id
        WHERE NOT d.digest AND d.kind = 'deadline' AND d.condition = '{condition}' AND """
    + LEFT_OF_UNIT.format(unit="t.unit_id"),
    "return": """SELECT d.no, t.unit_id, NULL::bigint, NULL::bigint[], d.functions
        FROM due d JOIN returned s ON d.occasion = 'return ' || s.day AND s.due = d.deadline
        JOIN timed t ON t.unit_id = s.unit_id AND t.zone = d.zone AND t.special = d.special
        WHERE NOT d.digest AND d.kind = 'return' AND """
    + LEFT_OF_UNIT.format(unit="t.unit_id"),
}

# Units with the occasion that a digest may list them under.
LISTED: Mapping[str, str] = {
    "window": """SELECT 'window' AS occasion, '{condition}' AS condition, t.unit_id, t.province_id, t.office_id
        FROM timed t JOIN {condition} s ON s.unit_id = t.unit_id""",
    "deadline": """SELECT 'deadline ' || ((t.deadline - interval '1 microsecond') AT TIME ZONE 'Asia/Jakarta')::date,
               '{condition}', t.unit_id, t.province_id, t.office_id
        FROM timed t JOIN {condition} s ON s.unit_id = t.unit_id""",
    "return": """SELECT 'return ' || s.day, 'returned', t.unit_id, t.province_id, t.office_id
        FROM timed t JOIN returned s ON s.unit_id = t.unit_id""",
    "verification": """SELECT 'verification ' || s.day, 'unread', s.unit_id, NULL::bigint, s.office_id FROM unread s""",
}

# Who has no province, or a province without a Kanwil, is brought before the ministry.
DIGEST_ROWS = (
    """SELECT a.no, a.unit_id, a.office_id, array_agg(DISTINCT a.listed ORDER BY a.listed), ARRAY[a.function]
    FROM (
        SELECT d.no, l.unit_id AS listed, a.*
        FROM due d JOIN listed l ON l.occasion = d.occasion AND l.condition = d.condition
        CROSS JOIN LATERAL (
            SELECT 'legal_bureau' AS function, l.province_id AS unit_id, NULL::bigint AS office_id, h.zone, h.special
            FROM home h WHERE h.province_id = l.province_id AND 'legal_bureau' = ANY(d.functions)
            UNION ALL
            SELECT 'regional_office', NULL, o.office_id, o.zone, o.special
            FROM office o WHERE o.office_id = l.office_id AND 'regional_office' = ANY(d.functions)
            UNION ALL
            SELECT 'verifier', NULL, l.office_id, coalesce(o.zone, 'Asia/Jakarta'), coalesce(o.special, '')
            FROM (VALUES (1)) one LEFT JOIN office o ON o.office_id = l.office_id WHERE 'verifier' = ANY(d.functions)
            UNION ALL
            SELECT 'ministry', NULL, NULL, 'Asia/Jakarta', ''
            WHERE 'ministry' = ANY(d.functions)
               OR ('regional_office' = ANY(d.functions) AND l.office_id IS NULL)
               OR ('legal_bureau' = ANY(d.functions) AND l.province_id IS NULL)
        ) a
        WHERE d.digest AND a.zone = d.zone AND a.special = d.special AND """
    + LEFT_OF_OFFICE
    + """) a GROUP BY a.no, a.unit_id, a.office_id, a.function"""
)

# People who hold the role today, by e-mail, and contacts of the function; an office cannot unsubscribe, copies can.
REACH = """reach AS NOT MATERIALIZED (
    SELECT f.function, a.unit_id, a.office_id, 'person:' || p.id AS recipient, 'email' AS channel, p.email AS address,
           p.name, 'id' AS language, false AS courtesy, 0 AS preference, p.id
    FROM role_assignment a JOIN person p ON p.id = a.person_id AND p.disabled_at IS NULL
    JOIN (VALUES ('operator', 'operator'), ('legal_bureau', 'province_coordinator'), ('regional_office', 'verifier'),
                 ('verifier', 'verifier'), ('ministry', 'ministry')) AS f (function, role) ON f.role = a.role
    WHERE a.valid_from <= :today AND (a.valid_to IS NULL OR a.valid_to > :today)
    UNION ALL
    SELECT c.function, c.unit_id, c.office_id, 'contact:' || c.id, c.channel, c.address, c.name, c.language, c.courtesy,
           1, c.id
    FROM contact c
    WHERE c.valid_from <= :today AND (c.valid_to IS NULL OR c.valid_to > :today) AND c.unsubscribed_at IS NULL
      AND (c.replaces IS NULL OR c.confirmed_at IS NOT NULL))"""

# By unit, by office, and of the ministry: three joins that an index serves, where one on nullable keys would try all pairs.
_FOUND = """SELECT t.no, t.unit_id, t.office_id, t.unit_ids, r.recipient, r.function, r.channel, r.address,
           btrim(regexp_replace(r.name, '[[:cntrl:]]', ' ', 'g')) AS name, r.language, r.courtesy, f.place, r.preference,
           r.id
    FROM todo t JOIN due d ON d.no = t.no CROSS JOIN LATERAL unnest(t.functions) WITH ORDINALITY AS f (function, place)
    JOIN reach r ON {match} AND r.function = f.function AND r.channel = ANY(d.channels)"""
NAMED = f"""named AS (
    SELECT DISTINCT ON (no, unit_id, office_id, channel, lower(address))
           no, unit_id, office_id, unit_ids, recipient, function, channel, address, name, language, courtesy
    FROM ({_FOUND.format(match="r.unit_id = t.unit_id")} WHERE t.unit_id IS NOT NULL
          UNION ALL {_FOUND.format(match="r.office_id = t.office_id")} WHERE t.office_id IS NOT NULL
          UNION ALL {_FOUND.format(match="r.unit_id IS NULL AND r.office_id IS NULL")}
                    WHERE t.unit_id IS NULL AND t.office_id IS NULL) found
    ORDER BY no, unit_id, office_id, channel, lower(address), courtesy, place, preference, id)"""

# What a later rung has said already.
_SAID = """SELECT r.rung FROM reminder r JOIN due n ON n.rung = r.rung AND n.occasion = r.occasion AND n.rank > d.rank
                AND n.zone = d.zone AND n.special = d.special AND n.digest = d.digest
         WHERE r.period_id = :period AND r.occasion = d.occasion AND r.recipient = e.recipient AND r.decision = 'send'
           AND {same} LIMIT 1"""

SETTLED = (
    """everyone AS (
    SELECT * FROM named
    UNION ALL
    SELECT t.no, t.unit_id, t.office_id, t.unit_ids, 'nobody', NULL, NULL, NULL, NULL, NULL, false FROM todo t
    WHERE NOT EXISTS (SELECT FROM named n WHERE n.no = t.no AND coalesce(n.unit_id, 0) = coalesce(t.unit_id, 0)
                      AND coalesce(n.office_id, 0) = coalesce(t.office_id, 0) AND NOT n.courtesy)
), beside AS (
    SELECT e.*, d.kind, d.rung, d.occasion, d.deadline, d.due_at, d.send_at, d.because, d.rank, d.digest,
           array_agg(d.rung) FILTER (WHERE d.because IS NULL) OVER (
               PARTITION BY e.unit_id, e.office_id, e.recipient, d.occasion, d.digest ORDER BY d.rank DESC
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_rungs,
           array_agg(d.occasion) FILTER (WHERE d.because IS NULL) OVER (
               PARTITION BY e.unit_id, e.office_id, e.recipient, d.rung, CASE WHEN d.digest THEN 0 ELSE d.no END
               ORDER BY d.due_at DESC, d.no DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_occasions,
           CASE WHEN e.unit_id IS NOT NULL THEN ("""
    + _SAID.format(same="r.unit_id = e.unit_id AND r.office_id IS NULL")
    + """) ELSE ("""
    + _SAID.format(same="r.unit_id IS NULL AND coalesce(r.office_id, 0) = coalesce(e.office_id, 0)")
    + """) END AS said
    FROM everyone e JOIN due d ON d.no = e.no
), settled AS (
    SELECT b.*,
           coalesce('overtaken by ' || coalesce(b.later_rungs[1], b.said), 'told with ' || b.later_occasions[1]) AS over
    FROM beside b)"""
)

WRITE = """
INSERT INTO reminder (period_id, rung, occasion, unit_id, office_id, recipient, function, channel, address, name,
                      language, courtesy, due_at, send_at, decision, because, unit_ids, deadline, planned_at)
SELECT :period, s.rung, s.occasion, s.unit_id, s.office_id, s.recipient, s.function, s.channel, s.address, s.name,
       s.language, s.courtesy, s.due_at, s.send_at,
       CASE WHEN s.over IS NOT NULL THEN 'overtaken' WHEN s.because IS NOT NULL THEN 'skipped'
            WHEN s.recipient = 'nobody' THEN 'nobody' ELSE 'send' END,
       coalesce(s.over, s.because, CASE WHEN s.recipient = 'nobody' THEN 'nobody to write to' END),
       CASE WHEN s.digest THEN ARRAY(
           SELECT DISTINCT x FROM settled o, unnest(o.unit_ids) AS x
           WHERE o.rung = s.rung AND o.recipient = s.recipient AND coalesce(o.unit_id, 0) = coalesce(s.unit_id, 0)
             AND coalesce(o.office_id, 0) = coalesce(s.office_id, 0) AND o.due_at <= s.due_at ORDER BY x) END,
       s.deadline, :now
FROM settled s ORDER BY s.no, s.unit_id, s.office_id, s.recipient
ON CONFLICT ON CONSTRAINT uq_reminder_once DO NOTHING
RETURNING id, rung, occasion, deadline, decision, channel, address, name, language, send_at
"""
