"""the cycle has a step that reminds"""

from alembic import op

revision = "remind_step"
down_revision = "reminder"
branch_labels = None
depends_on = None

BEFORE = ("freeze", "open", "import", "roll_up", "close", "tick", "verify")


def upgrade() -> None:
    _allow((*BEFORE, "remind"))


def downgrade() -> None:
    # Records of runs of a step that the older engine does not know.
    op.execute("DELETE FROM cycle_run WHERE step = 'remind'")
    _allow(BEFORE)


def _allow(steps: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_cycle_run_step"), "cycle_run", type_="check")
    op.create_check_constraint("step", "cycle_run", "step IN ({})".format(", ".join(f"'{step}'" for step in steps)))
