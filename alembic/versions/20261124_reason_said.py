"""an answer that needs a reason has one: a missing note passed the check, for NULL is not false"""

from alembic import op

revision = "20261124_reason_said"
down_revision = "20261124_verify_step"
branch_labels = None
depends_on = None

BEFORE = "answer NOT IN ('nil', 'not_applicable') OR length(btrim(note)) > 0"
NOW = "answer NOT IN ('nil', 'not_applicable') OR coalesce(length(btrim(note)), 0) > 0"


def upgrade() -> None:
    _check(NOW)


def downgrade() -> None:
    _check(BEFORE)


def _check(condition: str) -> None:
    op.drop_constraint(op.f("ck_measure_answer_reason"), "measure_answer", type_="check")
    op.create_check_constraint("reason", "measure_answer", condition)
