"""excuses are declined, with a reason; what is decided stays as it is"""

import sqlalchemy as sa

from alembic import op
from ranham.kernel.protection import (
    ACTOR,
    READABLE_UNIT,
    VERIFIABLE_UNIT,
    WRITABLE_UNIT,
    holds,
    protect,
    unprotect,
)

revision = "20261124_decline_excuse"
down_revision = "20261124_judged_at"
branch_labels = None
depends_on = None

COLUMNS = {"declined_by": sa.Text(), "declined_at": sa.DateTime(timezone=True), "decline_reason": sa.Text()}
CHECKS = {
    "declined_whole": "num_nonnulls(declined_at, declined_by, decline_reason) IN (0, 3)",
    "decline_justified": "length(btrim(decline_reason)) > 0",
    "one_decision": "approved_at IS NULL OR declined_at IS NULL",
    "four_eyes": "declined_by <> requested_by",
}
DECIDES = f"EXISTS (SELECT FROM obligation o WHERE o.id = obligation_id AND o.{VERIFIABLE_UNIT}) OR {holds('ministry')}"
ASKS = (
    f"EXISTS (SELECT FROM obligation o WHERE o.id = obligation_id AND o.{WRITABLE_UNIT}) "
    f"AND requested_by = {ACTOR} AND approved_at IS NULL"
)
READS = f"EXISTS (SELECT FROM obligation o WHERE o.id = obligation_id AND o.{READABLE_UNIT})"
WIDER = protect(
    "excuse",
    read=READS,
    insert=f"{ASKS} AND declined_at IS NULL",
    update=DECIDES,
    update_to=f"(approved_by = {ACTOR} OR declined_by = {ACTOR}) AND requested_by <> {ACTOR}",
    update_columns=["approved_by", "approved_at", "declined_by", "declined_at", "decline_reason"],
)
AS_BEFORE = protect(
    "excuse",
    read=READS,
    insert=ASKS,
    update=DECIDES,
    update_to=f"approved_by = {ACTOR} AND approved_by <> requested_by",
    update_columns=["approved_by", "approved_at"],
)


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("excuse", sa.Column(name, kind, nullable=True))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_excuse_{name}"), "excuse", condition)
    op.drop_constraint(op.f("uq_excuse_obligation_id_period_id"), "excuse", type_="unique")
    op.create_index(
        "uq_excuse_asked",
        "excuse",
        ["obligation_id", "period_id"],
        unique=True,
        postgresql_where=sa.text("declined_at IS NULL"),
    )
    op.execute(
        "CREATE TRIGGER excuse_decided BEFORE UPDATE ON excuse FOR EACH ROW "
        "WHEN (OLD.approved_at IS NOT NULL OR OLD.declined_at IS NOT NULL) EXECUTE FUNCTION refuse_rewrite()"
    )
    for statement in (*unprotect("excuse"), *WIDER):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER excuse_decided ON excuse")
    # Without the columns a declined one would look as if it were still open.
    op.execute("DELETE FROM excuse WHERE declined_at IS NOT NULL")
    op.drop_index("uq_excuse_asked", table_name="excuse")
    op.create_unique_constraint(op.f("uq_excuse_obligation_id_period_id"), "excuse", ["obligation_id", "period_id"])
    for statement in unprotect("excuse"):
        op.execute(statement)
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_excuse_{name}"), "excuse", type_="check")
    for name in reversed(COLUMNS):
        op.drop_column("excuse", name)
    for statement in AS_BEFORE:
        op.execute(statement)
