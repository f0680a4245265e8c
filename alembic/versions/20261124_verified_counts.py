"""counts of verified reports and their scores"""

import sqlalchemy as sa

from alembic import op

revision = "20261124_verified_counts"
down_revision = "20261124_life_cycle"
branch_labels = None
depends_on = None

COUNTS = ("verified", "score_bp")


def upgrade() -> None:
    # What was counted so far had no verified report: zero is what it is, not a guess.
    for table in ("unit_count", "action_count"):
        for column in COUNTS:
            op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
            op.alter_column(table, column, server_default=None)
    op.add_column("rollup", sa.Column("event_watermark", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("rollup", "event_watermark", server_default=None)


def downgrade() -> None:
    op.drop_column("rollup", "event_watermark")
    for table in ("action_count", "unit_count"):
        for column in reversed(COUNTS):
            op.drop_column(table, column)
