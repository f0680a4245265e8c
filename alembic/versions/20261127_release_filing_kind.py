"""whether files or documents of a release were written; who may see the release may see it"""

import sqlalchemy as sa

from alembic import op
from ranham.kernel.protection import protect, unprotect

revision = "release_filing_kind"
down_revision = "release_webhook"
branch_labels = None
depends_on = None

contract = "the new check and key concern the new column, and older programs write its default: they go on working"

TABLE = "release_filing"
CHECK, KEY = f"ck_{TABLE}_kind", f"pk_{TABLE}"


def upgrade() -> None:
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(TABLE)}
    if "kind" in columns:
        # For a while the table was made with it by the migration before, first as a text, and without the default.
        op.alter_column(TABLE, "kind", type_=sa.String(32), existing_type=sa.Text(), server_default="files")
        return
    # The default is for programs of the version before, which write files only and know no kinds.
    op.add_column(TABLE, sa.Column("kind", sa.String(32), nullable=False, server_default="files"))
    op.create_check_constraint(op.f(CHECK), TABLE, "kind IN ('files', 'documents')")
    _key("release_id", "kind", "content_tag")
    for statement in protect(TABLE, read="release_id IN (SELECT id FROM release)"):
        op.execute(statement)


def downgrade() -> None:
    for statement in unprotect(TABLE):
        op.execute(statement)
    op.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_fixed")
    op.execute(f"DELETE FROM {TABLE} WHERE kind <> 'files'")
    op.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_fixed")
    _key("release_id", "content_tag")
    op.drop_constraint(op.f(CHECK), TABLE)
    op.drop_column(TABLE, "kind")


def _key(*columns: str) -> None:
    op.drop_constraint(op.f(KEY), TABLE)
    op.create_primary_key(op.f(KEY), TABLE, list(columns))
