"""Scores under other weights, from the marks that the verifiers gave."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.plan.queries import PeriodInfo, full_label
from ranham.release import rules
from ranham.release.facts import DataVersion
from ranham.verification.rules import Aspect, Mark, MeasureMark, score_bp

# The decision that the verifying event tells of: of the same report and moment, and no blind second reading.
MARKS = """
WITH last AS (
    SELECT DISTINCT ON (h.obligation_id) h.obligation_id, h.report_id, h.id, h.score_bp FROM report_event h
    WHERE h.period_id = :period AND h.id <= :event_watermark ORDER BY h.obligation_id, h.id DESC
), decided AS (
    SELECT l.obligation_id,
           (SELECT max(d.id) FROM report_event v
            JOIN verification_task t ON t.report_id = v.report_id AND NOT t.second_reading
            JOIN verification_decision d ON d.task_id = t.id AND d.score_bp IS NOT NULL AND d.decided_at = v.at
            WHERE v.id = (SELECT max(b.id) FROM report_event b
                          WHERE b.report_id = l.report_id AND b.event = 'verify' AND b.id <= l.id)) AS decision_id
    FROM last l WHERE l.score_bp IS NOT NULL
)
SELECT d.obligation_id, m.number, m.required, a.aspect, a.mark
FROM decided d LEFT JOIN aspect_score a ON a.decision_id = d.decision_id LEFT JOIN measure m ON m.id = a.measure_id
"""


def weighed_anew(
    session: Session, period: PeriodInfo, data: DataVersion, made: Mapping[str, Any], base: Mapping[str, Any]
) -> dict[int, int]:
    """Scores of all verified obligations under the rules `made`; none where they weigh as `base`, the plan's, do.

    Refused where a verified report has no marks: its score could only be guessed.
    """
    weights_bp, partly_bp = rules.weighing(made)
    if (weights_bp, partly_bp) == rules.weighing(base):
        return {}
    marks: dict[int, list[MeasureMark]] = defaultdict(list)
    required: dict[int, set[int]] = defaultdict(set)
    unmarked = 0
    bounds = {"period": period.id, "event_watermark": data.event_watermark}
    for row in session.execute(text(MARKS), bounds):
        if row.mark is None:
            unmarked += 1
            continue
        marks[row.obligation_id].append(MeasureMark(row.number, Aspect(row.aspect), Mark(row.mark)))
        if row.required:
            required[row.obligation_id].add(row.number)
    if unmarked:
        raise Conflict(
            f"{unmarked} verified reports of {full_label(period)} have no marks, so their scores cannot be weighed otherwise"
        )
    return {each: score_bp(found, required[each], weights_bp, partly_bp) for each, found in marks.items()}
