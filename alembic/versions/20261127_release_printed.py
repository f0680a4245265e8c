"""who may see a release may see which files and documents were written of it"""

from alembic import op
from ranham.kernel.protection import protect, unprotect

revision = "release_printed"
down_revision = "release_webhook"
branch_labels = None
depends_on = None

OF_A_RELEASE = "release_id IN (SELECT id FROM release)"


def upgrade() -> None:
    for statement in protect("release_output", read=OF_A_RELEASE):
        op.execute(statement)


def downgrade() -> None:
    for statement in unprotect("release_output"):
        op.execute(statement)
