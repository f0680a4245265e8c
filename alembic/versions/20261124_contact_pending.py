"""a corrected address stands beside the one that it is to replace until it is confirmed"""

import sqlalchemy as sa

from alembic import op

revision = "contact_pending"
down_revision = "20261124_operators"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("replaces", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_contact_replaces_contact"), "contact", "contact", ["replaces"], ["id"])
    op.create_index("ix_contact_replaces", "contact", ["replaces"], postgresql_where="replaces IS NOT NULL")


def downgrade() -> None:
    # Without the column an address that nobody confirmed would count: it never came into force.
    op.execute("UPDATE contact SET valid_to = valid_from WHERE replaces IS NOT NULL AND confirmed_at IS NULL")
    op.drop_index("ix_contact_replaces", "contact")
    op.drop_constraint("fk_contact_replaces_contact", "contact")
    op.drop_column("contact", "replaces")
