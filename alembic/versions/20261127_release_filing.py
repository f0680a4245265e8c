"""what was written of a release and under which small-cell rule; who may see the release may see it"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from ranham.kernel.protection import protect

revision = "release_filing"
down_revision = "release_format"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_filing",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("content_tag", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('files', 'documents')", name=op.f("ck_release_filing_kind")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_filing_release_id_release")),
        sa.PrimaryKeyConstraint("release_id", "kind", "content_tag", name=op.f("pk_release_filing")),
    )
    for name, when in (
        ("release_filing_fixed", "BEFORE UPDATE OR DELETE ON release_filing FOR EACH ROW"),
        ("release_filing_whole", "BEFORE TRUNCATE ON release_filing FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_rewrite()")
        op.execute(f"ALTER TABLE release_filing ENABLE ALWAYS TRIGGER {name}")
    for statement in protect("release_filing", read="release_id IN (SELECT id FROM release)"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("release_filing")
