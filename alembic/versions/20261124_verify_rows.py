"""who may see and write which rows of verification (decision 0006)"""

from alembic import op
from ranham.kernel.protection import ACTOR, VERIFIABLE_UNIT, holds, protect, unprotect

revision = "20261124_verify_rows"
down_revision = "20261124_verification"
branch_labels = None
depends_on = None

CENTRAL = holds("ministry", "auditor", "engine_operator")
SEEN_REPORT = "EXISTS (SELECT FROM report r WHERE r.id = report_id)"
OWN_DESK = f"EXISTS (SELECT FROM report r WHERE r.id = report_id AND r.{VERIFIABLE_UNIT})"
OWN_TASK = (
    "EXISTS (SELECT FROM verification_task t JOIN report r ON r.id = t.report_id "
    f"WHERE t.id = task_id AND r.{VERIFIABLE_UNIT})"
)

GUARDED = {
    # Who reports sees what was found, but never that there is a second reading: that one changes nothing.
    "verification_task": protect(
        "verification_task",
        read=f"{SEEN_REPORT} AND (NOT second_reading OR {OWN_DESK} OR {CENTRAL})",
        insert=OWN_DESK,
        update=OWN_DESK,
        update_columns=["verifier", "submission_id", "taken_at", "done_at"],
    ),
    "verification_decision": protect(
        "verification_decision",
        read="EXISTS (SELECT FROM verification_task t WHERE t.id = task_id)",
        insert=f"decided_by = {ACTOR} AND {OWN_TASK}",
    ),
    "aspect_score": protect(
        "aspect_score",
        read="EXISTS (SELECT FROM verification_decision d WHERE d.id = decision_id)",
        insert=f"EXISTS (SELECT FROM verification_decision d WHERE d.id = decision_id AND d.decided_by = {ACTOR})",
    ),
    # Declaring takes something from a verifier and gives nobody anything, so a colleague may do it at allocation.
    "verifier_interest": protect(
        "verifier_interest", read=f"{CENTRAL} OR {holds('verifier')}", insert=holds("verifier", "ministry")
    ),
}


def upgrade() -> None:
    for statements in GUARDED.values():
        for statement in statements:
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(GUARDED):
        for statement in unprotect(table):
            op.execute(statement)
