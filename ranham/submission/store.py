"""Makes reports of the accepted rows and writes what is new as revisions, set-based."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission.judgement import JUDGED
from ranham.submission.reports import tell_of_many
from ranham.submission.states import TRANSITIONS, Event


@dataclass(frozen=True, slots=True)
class Batch:
    """Where the reports come from; the same for all of a file."""

    file_name: str
    digest: str
    code_system: str
    rows_read: int
    rows_refused: int
    now: datetime
    channel: str
    author: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class ReportCounts:
    new: int
    revised: int
    unchanged: int
    late: int


SUBMIT = {state: target for (state, event), target in TRANSITIONS.items() if event is Event.SUBMIT}

_CURRENT = """
CREATE TEMP TABLE import_current ON COMMIT DROP AS
SELECT obligation_id, id AS submission_id, revision, digest, simulated, submitted_at, submitted_offset_minutes,
       judged_at, timeliness, complete, achieved
FROM submission WHERE period_id = :period AND is_current
"""
# A file may answer one measure only; the other answers of the report stay as they were.
_OVERLAY = """
INSERT INTO import_answer (obligation_id, measure_id, answer, value, note, evidence, faults)
SELECT c.obligation_id, m.measure_id, m.answer, m.value, m.note, m.evidence, 0
FROM import_current c JOIN measure_answer m ON m.submission_id = c.submission_id
WHERE c.obligation_id IN (SELECT obligation_id FROM import_answer WHERE faults = 0)
  AND NOT EXISTS (SELECT FROM import_answer a WHERE a.faults = 0
                  AND a.obligation_id = c.obligation_id AND a.measure_id = m.measure_id)
"""
_REPORTS = f"""
CREATE TEMP TABLE import_report ON COMMIT DROP AS
SELECT g.obligation_id, o.unit_id, o.action_id, g.digest, g.complete, g.achieved, g.not_applicable,
       c.submission_id AS previous_id, c.timeliness AS replaced_timeliness, c.complete AS replaced_complete,
       c.achieved AS replaced_achieved,
       -- A report is as late as its latest part: an older row that comes later does not make it earlier.
       greatest(g.submitted_at, c.submitted_at) AS submitted_at,
       CASE WHEN c.submitted_at > g.submitted_at THEN c.submitted_offset_minutes ELSE g.offset_minutes END
         AS offset_minutes,
       :simulated OR (g.carried AND coalesce(c.simulated, false)) AS simulated, coalesce(c.revision, 0) + 1 AS revision,
       coalesce(c.digest = g.digest AND c.simulated = (:simulated OR (g.carried AND c.simulated)), false) AS unchanged,
       -- The same rule as `timing.judge`.
       CASE WHEN k.kept THEN coalesce(c.judged_at, c.submitted_at) END AS judged_at,
       CASE WHEN k.kept THEN c.timeliness
            WHEN greatest(g.submitted_at, c.submitted_at) < u.deadline THEN 'on_time'
            WHEN greatest(g.submitted_at, c.submitted_at) < u.extended_until THEN 'extended'
            ELSE 'late' END AS timeliness
FROM (
    SELECT a.obligation_id, max(a.submitted_at) AS submitted_at,
           (array_agg(a.offset_minutes ORDER BY a.submitted_at DESC NULLS LAST, a.row_no))[1] AS offset_minutes,
           {JUDGED},
           bool_or(a.row_no IS NULL) AS carried
    FROM import_answer a JOIN import_measure m ON m.measure_id = a.measure_id
    WHERE a.faults = 0 GROUP BY a.obligation_id) g
JOIN obligation o ON o.id = g.obligation_id
JOIN import_unit u ON u.unit_id = o.unit_id
LEFT JOIN import_current c ON c.obligation_id = g.obligation_id
LEFT JOIN report p ON p.obligation_id = g.obligation_id AND p.period_id = :period
CROSS JOIN LATERAL (SELECT c.timeliness IS NOT NULL AND (p.state = 'reopened' OR p.state = 'returned'
                           AND :now < p.return_due_at) AS kept) k
"""
_BATCH = """
INSERT INTO import_batch (period_id, file_name, digest, code_system, imported_at, rows_read, rows_refused, simulated)
VALUES (:period, :file_name, :digest, :code_system, :now, :rows_read, :rows_refused, :simulated)
ON CONFLICT (period_id, digest) DO UPDATE SET imported_at = excluded.imported_at, rows_refused = excluded.rows_refused,
    simulated = import_batch.simulated OR excluded.simulated
RETURNING id
"""
_RETIRE = """
UPDATE submission s SET is_current = false FROM import_report r WHERE s.id = r.previous_id AND NOT r.unchanged
"""
# For the application's role the answers wait: their policy looks for the report, which has to be there by then. The
# owner of the tables, whom no policy holds, writes both at once and saves a fifth of the time.
_MADE = "CREATE TEMP TABLE import_made (submission_id bigint, obligation_id bigint) ON COMMIT DROP"
_REPORTS_MADE = """
WITH made AS (
    INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
        submitted_offset_minutes, received_at, channel, author, batch_id, digest, timeliness, complete, achieved,
        not_applicable, simulated, judged_at, replaced_timeliness, replaced_complete, replaced_achieved)
    SELECT obligation_id, unit_id, action_id, :period, revision, true, submitted_at,
        offset_minutes, :now, :channel, :author, :batch, digest, timeliness, complete, achieved,
        not_applicable, simulated, judged_at, replaced_timeliness, replaced_complete, replaced_achieved
    FROM import_report WHERE NOT unchanged ORDER BY obligation_id
    RETURNING id AS submission_id, obligation_id)
"""
_ANSWERS = """
INSERT INTO measure_answer (submission_id, measure_id, answer, value, note, evidence)
SELECT made.submission_id, a.measure_id, a.answer, a.value, a.note, a.evidence
FROM {made} made JOIN import_answer a ON a.obligation_id = made.obligation_id WHERE a.faults = 0
"""
_AT_ONCE = _REPORTS_MADE + _ANSWERS.format(made="made")
_REPORTS_FIRST = _REPORTS_MADE + "INSERT INTO import_made SELECT submission_id, obligation_id FROM made"
_ANSWERS_THEN = _ANSWERS.format(made="import_made")


# Reports that somebody touched before have a row of their own; the others' state follows from their revision.
_MOVE = f"""
WITH moved AS (
    UPDATE report p SET state = CASE b.state {{cases}} END, version = p.version + 1, return_due_at = NULL,
           unsent = EXISTS (SELECT FROM draft_answer d WHERE d.report_id = p.id), changed_at = :now
    FROM import_report r JOIN report b ON b.obligation_id = r.obligation_id AND b.period_id = :period
    WHERE p.id = b.id AND NOT r.unchanged
    RETURNING p.*, b.state AS from_state
)
INSERT INTO report_event (report_id, obligation_id, unit_id, action_id, period_id, event, from_state, to_state,
                          submission_id, actor, at)
SELECT m.id, m.obligation_id, m.unit_id, m.action_id, m.period_id, '{Event.SUBMIT}', m.from_state, m.state, s.id,
       :author, :now
FROM moved m JOIN submission s ON s.obligation_id = m.obligation_id AND s.period_id = m.period_id AND s.is_current
""".replace("{cases}", " ".join(f"WHEN '{state}' THEN '{target}'" for state, target in SUBMIT.items()))


# Evidence that is named by its digest and lies in the unit's store, also that of answers that are carried over.
_EVIDENCE = """
INSERT INTO answer_evidence (submission_id, measure_id, evidence_id)
SELECT s.id, a.measure_id, e.id
FROM evidence e
JOIN import_report r ON r.unit_id = e.unit_id AND NOT r.unchanged
JOIN submission s ON s.obligation_id = r.obligation_id AND s.period_id = :period AND s.is_current
JOIN import_answer a ON a.obligation_id = r.obligation_id AND a.faults = 0 AND e.sha256 = ANY(a.evidence)
"""


def make_reports(session: Session, period: PeriodInfo, *, simulated: bool, now: datetime) -> ReportCounts:
    """Fill `import_report`, still in temporary tables: one row per report, laid over its current revision."""
    session.execute(text(_CURRENT), {"period": period.id})
    if session.scalar(text("SELECT EXISTS (SELECT FROM import_current)")):
        session.execute(text("ANALYZE import_current"))
        session.execute(text(_OVERLAY))
    session.execute(text(_REPORTS), {"simulated": simulated, "period": period.id, "now": now})
    session.execute(text("ANALYZE import_report (obligation_id, unchanged)"))
    counts = session.execute(
        text("""
            SELECT count(*) FILTER (WHERE revision = 1), count(*) FILTER (WHERE revision > 1 AND NOT unchanged),
                   count(*) FILTER (WHERE unchanged), count(*) FILTER (WHERE timeliness = 'late' AND NOT unchanged)
            FROM import_report
        """)
    ).one()
    return ReportCounts(*counts)


def write(session: Session, period: PeriodInfo, batch: Batch) -> None:
    batch_id = session.scalar(
        text(_BATCH),
        {
            "period": period.id,
            "file_name": batch.file_name,
            "digest": batch.digest,
            "code_system": batch.code_system,
            "now": batch.now,
            "rows_read": batch.rows_read,
            "rows_refused": batch.rows_refused,
            "simulated": batch.simulated,
        },
    )
    session.execute(text(_RETIRE))
    sent = {
        "period": period.id,
        "batch": batch_id,
        "now": batch.now,
        "channel": batch.channel,
        "author": batch.author,
    }
    if session.scalar(text("SELECT row_security_active('submission')")):
        session.execute(text(_MADE))
        session.execute(text(_REPORTS_FIRST), sent)
        session.execute(text("ANALYZE import_made"))
        session.execute(text(_ANSWERS_THEN))
    else:
        session.execute(text(_AT_ONCE), sent)
    if session.scalar(text("SELECT EXISTS (SELECT FROM evidence)")):
        session.execute(text(_EVIDENCE), {"period": period.id})
    session.execute(text(_MOVE), {"period": period.id, "author": batch.author, "now": batch.now})
    made = session.scalar(text("SELECT count(*) FROM import_report WHERE NOT unchanged"))
    if made:
        detail = {"batch_id": batch_id, "file_sha256": batch.digest, "reports": made, "channel": batch.channel}
        tell_of_many(session, Event.SUBMIT, period.id, detail, actor=batch.author, now=batch.now)
