"""a draft keeps the evidence that an imported file only names"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from ranham.kernel.protection import APPLICATION_ROLE

revision = "20261124_stated_evidence"
down_revision = "20261124_api"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("stated_evidence", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}")
    op.add_column("draft_answer", column)
    op.execute(f"GRANT UPDATE (stated_evidence) ON draft_answer TO {APPLICATION_ROLE}")


def downgrade() -> None:
    op.drop_column("draft_answer", "stated_evidence")
