"""The SQL of provenance: which facts a figure counts, and what stands behind each of them."""

from collections.abc import Mapping
from typing import Any

CONDITIONS: Mapping[str, str] = {
    "completeness": "f.reported",
    "substantive_completeness": "f.complete",
    "on_time": "coalesce(f.timeliness = 'on_time', false)",
    "on_time_within_extension": "coalesce(f.timeliness = 'extended', false)",
    "late": "coalesce(f.timeliness = 'late', false)",
    "achievement": "f.achieved",
    "verified": "f.verified",
}
"""Figures whose numerator counts obligations. The others count units: participation, mean and annual scores."""

LEVEL_OF_SCOPE = {"ministries": "ministry", "provinces": "province", "regencies": "regency"}

FROM = """
FROM release_fact f
JOIN release_unit u ON u.release_id = f.release_id AND u.unit_id = f.unit_id
JOIN action a ON a.id = f.action_id LEFT JOIN target_group g ON g.id = a.target_group_id
WHERE f.release_id = :release AND {members}
"""
# Of one obligation: the revision, the decision that verified it, the evidence of its answers, the excuse.
BEHIND = """
SELECT f.obligation_id, f.period_id, f.unit_id, f.unit_code, f.unit_name, f.action, f.target_group, f.excluded,
       f.reported, f.complete, f.achieved, f.verified, f.timeliness, f.score_bp, f.submission_id, f.counts,
       y.year || '-' || p.code AS period, s.revision, s.submitted_at, s.received_at, s.channel,
       e.actor AS verified_by, e.at AS verified_at, e.score_bp AS decided_score_bp, d.id AS decision_id, d.remark,
       x.justification, x.approved_by AS excused_by,
       ARRAY(SELECT unnest(m.evidence) FROM measure_answer m WHERE m.submission_id = f.submission_id
             UNION SELECT v.sha256 FROM answer_evidence w JOIN evidence v ON v.id = w.evidence_id
             WHERE w.submission_id = f.submission_id ORDER BY 1) AS evidence
FROM facts f
JOIN period p ON p.id = f.period_id JOIN plan_year y ON y.id = p.plan_year_id
LEFT JOIN submission s ON s.id = f.submission_id
LEFT JOIN report_event e ON e.id = f.event_id
LEFT JOIN LATERAL (
    SELECT d.id, d.remark FROM verification_task t JOIN verification_decision d ON d.task_id = t.id
    WHERE t.report_id = e.report_id AND NOT t.second_reading AND d.score_bp IS NOT NULL AND d.decided_at = e.at
    ORDER BY d.id DESC LIMIT 1) d ON true
LEFT JOIN excuse x ON f.excluded IS NOT NULL AND x.obligation_id = f.obligation_id AND x.period_id = f.period_id
     AND x.approved_at IS NOT NULL
ORDER BY f.obligation_id, f.period_id
"""
FACTS = f"""
WITH facts AS MATERIALIZED (
    SELECT f.*, u.code AS unit_code, u.name AS unit_name, a.code AS action, coalesce(g.code, '(none)') AS target_group,
           f.excluded IS NULL AND {{counts}} AS counts
    {FROM} AND {{page}} ORDER BY f.obligation_id, f.period_id {{limit}}
) {BEHIND}
"""
UNITS = f"""
SELECT f.unit_id, min(u.code) AS unit_code, min(u.name) AS unit_name,
       count(*) FILTER (WHERE f.excluded IS NULL) AS obligations,
       count(*) FILTER (WHERE f.excluded IS NULL AND f.reported) AS reported,
       coalesce(round(sum(f.score_bp) FILTER (WHERE f.excluded IS NULL)
                      / nullif(count(*) FILTER (WHERE f.excluded IS NULL), 0)), 0)::bigint AS score_bp
{FROM} AND f.unit_id > :unit GROUP BY f.unit_id ORDER BY f.unit_id LIMIT :limit
"""
LEFT_OUT = """
SELECT u.code, u.name, x.reason FROM exclusion x JOIN release r ON r.id = :release AND r.plan_year_id = x.plan_year_id
JOIN release_unit u ON u.release_id = r.id AND u.unit_id = x.unit_id WHERE {members} ORDER BY u.code, u.unit_id
"""
FIGURE = """
SELECT r.id AS release, f.* FROM release r JOIN release_figure f ON f.release_id = r.id
WHERE r.number = :number AND f.figure = :figure AND {unit} AND {group} AND {action}
  AND (cast(:scope AS text) IS NULL OR f.scope = :scope) AND (cast(:level AS text) IS NULL OR f.level = :level)
  AND (cast(:unit_name AS text) IS NULL OR f.unit_name = :unit_name)
ORDER BY f.position
"""
ONLY = {
    None: "true",
    "numerator": "(f.excluded IS NULL AND {counts})",
    "denominator": "f.excluded IS NULL",
    "excluded": "f.excluded IS NOT NULL",
}


def same(column: str, value: object, name: str) -> str:
    """A condition that an index is of use for, also where there is nothing."""
    return f"{column} IS NULL" if value is None else f"{column} = :{name}"


def members(figure: Any) -> tuple[str, dict[str, Any]]:
    """The condition that a unit is one of those whose obligations the figure counts."""
    level = LEVEL_OF_SCOPE.get(figure.scope)
    match figure.level, figure.scope:
        case _, "own":
            return "u.unit_id = :of_unit", {"of_unit": figure.unit_id}
        case "national", "pooled":
            return "true", {}
        case "national", _:
            return "u.level = :of_level", {"of_level": level}
        case "office", _:
            return "u.level = :of_level AND u.office_key = :of_office", {
                "of_level": level,
                "of_office": figure.unit_code,
            }
    return f"u.level = 'regency' AND {same('u.parent_id', figure.unit_id, 'of_unit')}", {"of_unit": figure.unit_id}


def parts(figure: Any) -> tuple[str, dict[str, Any]]:
    """The condition that an action is of the figure's target group, or is its action."""
    if figure.action is not None:
        return "a.code = :of_action", {"of_action": figure.action}
    if figure.target_group is not None:
        return "coalesce(g.code, '(none)') = :of_group", {"of_group": figure.target_group}
    return "true", {}
