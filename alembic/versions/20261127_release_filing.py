"""under which small-cell rules the files of a release were written; closed to the application"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "release_filing"
down_revision = "release_format"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_filing",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("content_tag", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_filing_release_id_release")),
        sa.PrimaryKeyConstraint("release_id", "content_tag", name=op.f("pk_release_filing")),
    )
    for name, when in (
        ("release_filing_fixed", "BEFORE UPDATE OR DELETE ON release_filing FOR EACH ROW"),
        ("release_filing_whole", "BEFORE TRUNCATE ON release_filing FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_rewrite()")
        op.execute(f"ALTER TABLE release_filing ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    op.drop_table("release_filing")
