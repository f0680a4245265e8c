"""drafts are found by their evidence: asked for at every removal of a file, by us and by the key itself"""

from alembic import op

revision = "20261124_evidence"
down_revision = "20261124_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_draft_evidence_evidence", "draft_evidence", ["evidence_id"])


def downgrade() -> None:
    op.drop_index("ix_draft_evidence_evidence", table_name="draft_evidence")
