"""who may see and write the verifiers' work, and what the ministry decides (decision 0006)"""

from alembic import op
from ranham.kernel.protection import ACTOR, READABLE_UNIT, VERIFIABLE_UNIT, WRITABLE_UNIT, holds, protect, unprotect

revision = "20261124_deciding_rows"
down_revision = "20261124_verification"
branch_labels = None
depends_on = None

MINISTRY = holds("ministry")
CENTRAL = holds("ministry", "auditor", "engine_operator", "verifier")
REPORT = "EXISTS (SELECT FROM report r WHERE r.id = report_id{also})"
VERIFIABLE = REPORT.format(also=f" AND r.{VERIFIABLE_UNIT}")
# What a blind second reader found is nobody's business who reports: it changes nothing for them.
TASK = f"EXISTS (SELECT FROM verification_task t WHERE t.id = task_id AND (NOT t.second_reading OR {CENTRAL}))"
OBLIGATION = "EXISTS (SELECT FROM obligation o WHERE o.id = obligation_id AND o.{unit})"
DECISION = "EXISTS (SELECT FROM verification_decision d WHERE d.id = decision_id{also})"

NEW = {
    "verification_task": protect(
        "verification_task",
        read=REPORT.format(also=""),
        insert=VERIFIABLE,
        update=VERIFIABLE,
        update_columns=["verifier", "submission_id", "taken_at", "done_at"],
    ),
    "verification_decision": protect(
        "verification_decision",
        read=TASK,
        insert=f"decided_by = {ACTOR} AND EXISTS (SELECT FROM verification_task t JOIN report r ON r.id = t.report_id "
        f"WHERE t.id = task_id AND r.{VERIFIABLE_UNIT})",
    ),
    "aspect_score": protect(
        "aspect_score",
        read=DECISION.format(also=""),
        insert=DECISION.format(also=f" AND d.decided_by = {ACTOR}"),
    ),
    "verifier_interest": protect("verifier_interest", read=CENTRAL),
}
# The ministry decides on what units ask for. An approved extension writes late reports on, so it may send such revisions.
EXTENDED = f"{MINISTRY} AND channel = 'extension' AND author = {ACTOR}"
EXTENDED_ANSWER = (
    f"{MINISTRY} AND EXISTS (SELECT FROM submission s WHERE s.id = submission_id AND s.channel = 'extension')"
)
SENT = "EXISTS (SELECT FROM submission s WHERE s.id = submission_id{also})"
WIDER = {
    "excuse": protect(
        "excuse",
        read=OBLIGATION.format(unit=READABLE_UNIT),
        insert=f"{OBLIGATION.format(unit=WRITABLE_UNIT)} AND approved_at IS NULL",
        update=MINISTRY,
        update_to=f"{MINISTRY} AND approved_by = {ACTOR}",
        update_columns=["approved_by", "approved_at"],
    ),
    "extension": protect(
        "extension",
        read=f"{READABLE_UNIT} OR unit_id IS NULL AND (SELECT ranham_person()) IS NOT NULL",
        insert=f"({WRITABLE_UNIT} OR unit_id IS NULL AND {MINISTRY}) AND decided_at IS NULL",
        update=MINISTRY,
        update_to=f"{MINISTRY} AND decided_by = {ACTOR}",
        update_columns=["approved", "decided_by", "decided_at", "remark"],
    ),
    "submission": protect(
        "submission",
        read=READABLE_UNIT,
        insert=f"{WRITABLE_UNIT} OR {EXTENDED}",
        update=f"{WRITABLE_UNIT} OR {MINISTRY} AND timeliness = 'late'",
        update_columns=["is_current"],
    ),
    "measure_answer": protect(
        "measure_answer",
        read=SENT.format(also=""),
        insert=f"{SENT.format(also=f' AND s.{WRITABLE_UNIT}')} OR {EXTENDED_ANSWER}",
    ),
    "answer_evidence": protect(
        "answer_evidence",
        read=SENT.format(also=""),
        insert=f"{SENT.format(also=f' AND s.{WRITABLE_UNIT}')} OR {EXTENDED_ANSWER}",
    ),
}
NARROWER = {
    "excuse": protect(
        "excuse",
        read=OBLIGATION.format(unit=READABLE_UNIT),
        insert=f"{OBLIGATION.format(unit=WRITABLE_UNIT)} AND approved_at IS NULL",
    ),
    "extension": protect(
        "extension",
        read=f"{READABLE_UNIT} OR unit_id IS NULL AND (SELECT ranham_person()) IS NOT NULL",
        insert=f"{WRITABLE_UNIT} AND decided_at IS NULL",
    ),
    "submission": protect(
        "submission", read=READABLE_UNIT, insert=WRITABLE_UNIT, update=WRITABLE_UNIT, update_columns=["is_current"]
    ),
    "measure_answer": protect(
        "measure_answer", read=SENT.format(also=""), insert=SENT.format(also=f" AND s.{WRITABLE_UNIT}")
    ),
    "answer_evidence": protect(
        "answer_evidence", read=SENT.format(also=""), insert=SENT.format(also=f" AND s.{WRITABLE_UNIT}")
    ),
}


def upgrade() -> None:
    _reopen(WIDER)
    for statements in NEW.values():
        for statement in statements:
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(NEW):
        for statement in unprotect(table):
            op.execute(statement)
    _reopen(NARROWER)


def _reopen(tables: dict[str, list[str]]) -> None:
    for table, statements in tables.items():
        for statement in (*unprotect(table), *statements):
            op.execute(statement)
