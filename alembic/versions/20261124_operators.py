"""steps that operators skip, and since when a lease is held; nothing of it is open to the application"""

import sqlalchemy as sa

from alembic import op

revision = "20261124_operators"
down_revision = "20261124_release"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "step_skip",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("skipped_by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Text(), nullable=True),
        sa.CheckConstraint("because ~ '\\S'", name=op.f("ck_step_skip_because")),
        sa.CheckConstraint("(taken_back_at IS NULL) = (taken_back_by IS NULL)", name=op.f("ck_step_skip_taken_back")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_skip")),
    )
    op.create_index(
        "uq_step_skip_in_force",
        "step_skip",
        ["subject", "step"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    # Of leases that are held now nobody knows since when; from now on every holder says it.
    op.add_column(
        "lease",
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("lease", "taken_at")
    op.drop_index("uq_step_skip_in_force", table_name="step_skip")
    op.drop_table("step_skip")
