"""What is known of a report when it is sent: its answers judged, what counted before, its measures and deadlines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.submission.examination import AnswerFacts, EvidenceFacts, MeasureFacts, ReportFacts
from ranham.submission.judgement import JUDGED, MEASURES
from ranham.submission.locating import ReportPlace
from ranham.submission.models import Answer, Report


@dataclass(frozen=True, slots=True)
class AnswerInput:
    measure_id: int
    answer: Answer
    value: Decimal | None = None
    note: str | None = None
    evidence_ids: tuple[int, ...] = ()
    stated_evidence: tuple[str, ...] = ()
    """Named by an imported file, not in the store."""


GIVEN = """
    SELECT g.measure_id, g.answer, g.value, nullif(btrim(g.note), '') AS note, g.evidence_ids,
           ARRAY(SELECT e.sha256 FROM evidence e WHERE e.id = ANY(g.evidence_ids) AND e.unit_id = :unit
                 UNION SELECT unnest(g.stated_evidence) ORDER BY 1) AS evidence
    FROM jsonb_to_recordset(cast(:answers AS jsonb))
         AS g(measure_id bigint, answer text, value numeric(20, 4), note text, evidence_ids bigint[],
              stated_evidence text[])
"""
FACTS = text(f"""
WITH a AS MATERIALIZED ({GIVEN}),
m AS MATERIALIZED ({MEASURES} WHERE m.action_id = :action AND m.period_id = :period),
judged AS (SELECT {JUDGED}, count(*) AS known FROM a JOIN m ON m.measure_id = a.measure_id)
SELECT judged.*,
       (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.number) FROM m) AS measures,
       (SELECT jsonb_agg(to_jsonb(e)) FROM (
            SELECT a.measure_id, e.file_name, e.kind, e.dated_on FROM a JOIN evidence e ON e.id = ANY(a.evidence_ids)
            WHERE e.unit_id = :unit) e) AS evidence,
       c.id AS previous_id, c.revision AS previous_revision, c.digest AS previous_digest,
       c.timeliness AS previous_timeliness, c.complete AS previous_complete, c.achieved AS previous_achieved,
       coalesce(c.judged_at, c.submitted_at) AS previous_moment, c.simulated AS previous_simulated,
       c.received_at AS previous_received_at,
       s.closed_at, d.opens_at, d.ends_at, x.until AS extended_until,
       nextval(pg_get_serial_sequence('submission', 'id')) AS next_id
FROM judged
LEFT JOIN submission c ON c.obligation_id = :obligation AND c.period_id = :period AND c.is_current
LEFT JOIN period_state s ON s.period_id = :period
CROSS JOIN LATERAL (
    SELECT (p.opens_on::timestamp AT TIME ZONE z.zone) AS opens_at,
           ((p.closes_on + 1)::timestamp AT TIME ZONE z.zone) AS ends_at
    FROM period p LEFT JOIN unit_version v ON v.unit_id = :unit AND v.valid_from <= p.closes_on
         AND coalesce(v.valid_to, 'infinity') > p.closes_on
    CROSS JOIN LATERAL (SELECT CASE WHEN p.zone_rule = 'jakarta' THEN 'Asia/Jakarta'
                                    ELSE coalesce(v.time_zone, 'Asia/Jakarta') END AS zone) z
    WHERE p.id = :period) d
LEFT JOIN LATERAL (
    SELECT max(e.until) AS until FROM extension e
    WHERE e.period_id = :period AND (e.unit_id = :unit OR e.unit_id IS NULL) AND e.approved) x ON true
""")


_FOREIGN = """
SELECT asked.id FROM unnest(cast(:ids AS bigint[])) AS asked (id)
WHERE NOT EXISTS (SELECT FROM evidence e WHERE e.id = asked.id AND e.unit_id = :unit) ORDER BY 1
"""


def foreign_evidence(session: Session, answers: Sequence[AnswerInput], unit_id: int) -> list[int]:
    """Ids that are no evidence of the unit."""
    ids = sorted({id_ for answer in answers for id_ in answer.evidence_ids})
    return list(session.scalars(text(_FOREIGN), {"ids": ids, "unit": unit_id})) if ids else []


def load(session: Session, key: Mapping[str, Any]) -> Row[Any]:
    """Everything about what `keys` names, in one statement, of a report that is locked; and an id for its next revision."""
    return session.execute(FACTS, key).one()


def keys(of: Report | ReportPlace, answers: Sequence[AnswerInput]) -> dict[str, Any]:
    return {
        "obligation": of.obligation_id,
        "unit": of.unit_id,
        "action": of.action_id,
        "period": of.period_id,
        "answers": _as_json(answers),
    }


def report_facts(facts: Row[Any], answers: Sequence[AnswerInput]) -> ReportFacts:
    evidence: dict[int, list[EvidenceFacts]] = {}
    for row in facts.evidence or ():
        evidence.setdefault(row["measure_id"], []).append(EvidenceFacts(row["file_name"], row["kind"]))
    return ReportFacts(
        measures=[
            MeasureFacts(
                measure_id=m["measure_id"],
                number=m["number"],
                required=m["required"],
                value_min=_decimal(m["value_min"]),
                value_max=_decimal(m["value_max"]),
                evidence_kinds=tuple(m["evidence_kinds"]),
                unit_of_measure=m["unit_of_measure"],
            )
            for m in facts.measures or ()
        ],
        answers={
            a.measure_id: AnswerFacts(
                a.answer, a.value, a.note, tuple(evidence.get(a.measure_id, ())), len(a.stated_evidence)
            )
            for a in answers
        },
    )


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _as_json(answers: Sequence[AnswerInput]) -> str:
    return json.dumps(
        [
            {
                "measure_id": a.measure_id,
                "answer": a.answer,
                "value": None if a.value is None else str(a.value),
                "note": a.note,
                "evidence_ids": list(a.evidence_ids),
                "stated_evidence": list(a.stated_evidence),
            }
            for a in sorted(answers, key=lambda a: a.measure_id)
        ]
    )
