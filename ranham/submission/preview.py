"""What the operator sees before sending: the draft examined, with what is odd as well as what is missing."""

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission.examination import (
    AnswerFacts,
    EarlierAnswer,
    EvidenceFacts,
    MeasureFacts,
    ReportFacts,
    ReportFinding,
    examine,
)
from ranham.submission.queries import ReportView, evidence_span, report_view

_EVIDENCE = """
SELECT d.measure_id, e.file_name, e.kind, e.dated_on,
       (SELECT string_agg(DISTINCT coalesce(v.name, '?') || ' ' || q.code, ', ') FROM evidence other
        JOIN answer_evidence l ON l.evidence_id = other.id JOIN submission s ON s.id = l.submission_id
        JOIN period q ON q.id = s.period_id
        LEFT JOIN unit_version v ON v.unit_id = s.unit_id AND v.valid_to IS NULL
        WHERE other.sha256 = e.sha256 AND (s.obligation_id, s.period_id) <> (:obligation, :period)) AS used_elsewhere
FROM draft_evidence d JOIN evidence e ON e.id = d.evidence_id WHERE d.report_id = :report
"""
# The measure of the same number and unit of measure in the period before, of the same action: B04 within B08 within B12.
_EARLIER = """
SELECT m.id AS measure_id, a.value, a.note
FROM measure m
JOIN period q ON q.id = m.period_id
JOIN obligation o ON o.id = :obligation AND o.action_id = m.action_id
JOIN LATERAL (SELECT b.id FROM period b WHERE b.plan_year_id = q.plan_year_id AND b.closing_month < q.closing_month
              ORDER BY b.closing_month DESC LIMIT 1) before ON true
JOIN measure n ON n.action_id = m.action_id AND n.period_id = before.id AND n.number = m.number
     AND n.unit_of_measure IS NOT DISTINCT FROM m.unit_of_measure
JOIN submission s ON s.obligation_id = o.id AND s.period_id = before.id AND s.is_current
JOIN measure_answer a ON a.submission_id = s.id AND a.measure_id = n.id
WHERE m.period_id = :period
"""


def preview(
    session: Session, period: PeriodInfo, obligation_id: int, *, now: datetime
) -> tuple[ReportView, tuple[ReportFinding, ...]]:
    """The report and all findings on its draft; on what was sent, where there is no draft."""
    view = report_view(session, period, obligation_id, now=now)
    key = {"report": view.report_id, "obligation": obligation_id, "period": period.id}
    evidence: dict[int, list[EvidenceFacts]] = {}
    for row in session.execute(text(_EVIDENCE), key):
        evidence.setdefault(row.measure_id, []).append(
            EvidenceFacts(row.file_name, row.kind, row.dated_on, row.used_elsewhere)
        )
    earlier = {row.measure_id: EarlierAnswer(row.value, row.note) for row in session.execute(text(_EARLIER), key)}
    return view, examine(_facts(view, evidence, earlier, evidence_span(period)))


def _facts(
    view: ReportView,
    evidence: dict[int, list[EvidenceFacts]],
    earlier: dict[int, EarlierAnswer],
    span: tuple[date | None, date | None],
) -> ReportFacts:
    drafted = any(each.draft_version is not None for each in view.answers)
    return ReportFacts(
        measures=[
            MeasureFacts(
                each.measure_id, each.number, each.required, each.value_min, each.value_max, each.evidence_kinds,
                each.unit_of_measure,
            )
            for each in view.answers
        ],
        answers={
            each.measure_id: AnswerFacts(
                each.draft_answer, each.draft_value, each.draft_note, tuple(evidence.get(each.measure_id, ())),
                len(each.draft_stated_evidence),
            )
            if drafted
            else AnswerFacts(each.sent_answer, each.sent_value, each.sent_note, (), len(each.sent_evidence))
            for each in view.answers
        },
        earlier=earlier,
        evidence_from=span[0],
        evidence_to=span[1],
    )  # fmt: skip
