"""the moment that a revision is judged by, where it keeps what the report had

Revisions from before have none and are judged by the moment they were sent at, as they were until now.
"""

import sqlalchemy as sa

from alembic import op

revision = "20261124_judged_at"
down_revision = "20261124_event_of_report"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("submission", "judged_at")
