"""What answers amount to, said once in SQL for every way in: the file of a thousand units and the single report."""

JUDGED = """
    md5(string_agg(ROW(a.measure_id, a.answer, a.value, a.note, a.evidence)::text, '' ORDER BY a.measure_id)) AS digest,
    count(*) FILTER (WHERE m.required) = min(m.required_in_action)
      AND bool_and(NOT m.wants_evidence OR a.answer NOT IN ('achieved', 'partly') OR a.evidence <> '{}') AS complete,
    count(*) FILTER (WHERE m.required AND a.answer = 'achieved') = min(m.required_in_action)
      AND min(m.required_in_action) > 0 AS achieved,
    bool_and(a.answer = 'not_applicable') AS not_applicable
"""
"""Columns over the answers `a` of one report, joined to their measures `m`."""

MEASURES = """
SELECT m.id AS measure_id, m.action_id, m.number, m.value_min, m.value_max, m.required, m.evidence_kinds,
       m.unit_of_measure, m.evidence_kinds <> '{}' AS wants_evidence,
       count(*) FILTER (WHERE m.required) OVER (PARTITION BY m.action_id) AS required_in_action
FROM measure m
"""
