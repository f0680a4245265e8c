"""in which format a release is spelled and signed: what was made before stays in the first"""

import sqlalchemy as sa

from alembic import op

revision = "release_format"
down_revision = "release_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("release_format", sa.Text(), server_default="ranham-release/1", nullable=False))


def downgrade() -> None:
    op.drop_column("release", "release_format")
