"""a row names only rows that belong with it: none of another unit, report or file (decision 0006)

A foreign key is content with any row, also one that the writer may not see. So somebody could hold another unit's file by
naming it, write an event beside another unit's report, or put a report into another one's batch and so get at the batch.
"""

from alembic import op
from ranham.kernel.protection import (
    ACTOR,
    APPLICATION_ROLE,
    READABLE_UNIT,
    VERIFIABLE_UNIT,
    WRITABLE_UNIT,
    definer_path,
    holds,
)

revision = "20261124_own_rows_named"
down_revision = "20261124_evidence_fixed"
branch_labels = None
depends_on = None

MINISTRY, CENTRAL = holds("ministry"), holds("ministry", "auditor", "engine_operator")
TASK = "EXISTS (SELECT FROM verification_task t WHERE t.id = task_id)"
OWN_TASK = "EXISTS (SELECT FROM verification_task t JOIN report r ON r.id = t.report_id {more}WHERE t.id = task_id AND r.{unit})"
SENT = "EXISTS (SELECT FROM submission s {more}WHERE s.id = submission_id AND {which})"
ONE_S_OWN = f"s.{WRITABLE_UNIT}"
WRITTEN_ON = f"{MINISTRY} AND s.channel = 'extension'"
EVENT = (
    f"actor = {ACTOR} AND ({WRITABLE_UNIT} AND event IN ('edit', 'submit') "
    f"OR {VERIFIABLE_UNIT} AND event IN ('take', 'return', 'verify') OR {MINISTRY} AND event = 'reopen')"
)
SUBMISSION = (
    f"({WRITABLE_UNIT} AND author = {ACTOR}{{batch}} "
    f"OR {MINISTRY} AND channel = 'extension' AND timeliness = 'extended' AND author = {ACTOR})"
)
WRITE_IN_WORK = f"EXISTS (SELECT FROM report r {{more}}WHERE r.id = report_id AND r.{WRITABLE_UNIT})"
OF_ITS_UNIT = "JOIN evidence e ON e.unit_id = {of}.unit_id AND e.id = evidence_id "
OF_ITS_REPORT = (
    "JOIN submission s ON s.id = verification_decision.submission_id AND s.obligation_id = r.obligation_id "
    "AND s.period_id = r.period_id "
)
# While a second reading is open, no other verifier sees what the first reader found.
BLIND = (
    "EXISTS (SELECT FROM verification_task t JOIN verification_task o ON o.report_id = t.report_id AND o.tier = t.tier "
    "AND o.round = t.round AND o.done_at IS NULL WHERE t.id = task_id)"
)

RULES = {
    # table and what is done: the condition now, and the one before
    ("draft_evidence", "insert"): (
        WRITE_IN_WORK.format(more=OF_ITS_UNIT.format(of="r")),
        WRITE_IN_WORK.format(more=""),
    ),
    ("answer_evidence", "insert"): (
        SENT.format(more=OF_ITS_UNIT.format(of="s"), which=f"({ONE_S_OWN} OR {WRITTEN_ON})"),
        SENT.format(more="", which=f"({ONE_S_OWN} OR {WRITTEN_ON})"),
    ),
    ("report_event", "insert"): (
        (
            f"{EVENT} AND EXISTS (SELECT FROM report r WHERE r.id = report_id "
            "AND r.obligation_id = report_event.obligation_id AND r.period_id = report_event.period_id)"
        ),
        EVENT,
    ),
    ("submission", "insert"): (
        SUBMISSION.format(batch=" AND (batch_id IS NULL OR ranham_adds_to_batch(batch_id))"),
        SUBMISSION.format(batch=""),
    ),
    ("verification_decision", "insert"): (
        f"decided_by = {ACTOR} AND {OWN_TASK.format(more=OF_ITS_REPORT, unit=VERIFIABLE_UNIT)}",
        f"decided_by = {ACTOR} AND {OWN_TASK.format(more='', unit=VERIFIABLE_UNIT)}",
    ),
    ("verification_decision", "read"): (
        (
            f"{TASK} AND (decided_by = {ACTOR} OR NOT {holds('verifier')} OR NOT {BLIND} "
            f"OR {OWN_TASK.format(more='', unit=WRITABLE_UNIT)})"
        ),
        TASK,
    ),
    ("verifier_interest", "insert"): (
        f"{MINISTRY} OR {holds('verifier')} AND {READABLE_UNIT}",
        holds("verifier", "ministry"),
    ),
    ("verifier_interest", "read"): (
        f"{CENTRAL} OR {holds('verifier')} AND {READABLE_UNIT}",
        f"{CENTRAL} OR {holds('verifier')}",
    ),
}

# With the rights of the tables' owner: a condition on reports that asks the batch, whose own one asks the reports, would
# turn in a circle.
ADDS_TO_BATCH = """
CREATE FUNCTION ranham_adds_to_batch(batch bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = {path} AS $$
    SELECT EXISTS (SELECT FROM import_batch b WHERE b.id = batch AND b.imported_by = ranham_person())
        OR EXISTS (SELECT FROM submission s WHERE s.batch_id = batch AND s.unit_id IN (SELECT ranham_writable_units()))
$$
"""


def upgrade() -> None:
    op.execute(ADDS_TO_BATCH.format(path=definer_path(op.get_bind())))
    op.execute("REVOKE ALL ON FUNCTION ranham_adds_to_batch(bigint) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ranham_adds_to_batch(bigint) TO {APPLICATION_ROLE}")
    for (table, done), (now, _) in RULES.items():
        _alter(table, done, now)


def downgrade() -> None:
    for (table, done), (_, before) in RULES.items():
        _alter(table, done, before)
    op.execute("DROP FUNCTION ranham_adds_to_batch(bigint)")


def _alter(table: str, done: str, condition: str) -> None:
    how = "USING" if done == "read" else "WITH CHECK"
    op.execute(f"ALTER POLICY {table}_{done} ON {table} {how} ({condition})")
