"""contacts and the ledger of reminders are read by whoever may see the unit"""

from alembic import op
from ranham.kernel.protection import READABLE_UNIT, holds, protect, unprotect

revision = "reminder_rows"
down_revision = "reminder_links"
branch_labels = None
depends_on = None

# What goes to an office is about many units, so it is for those who see all of them.
OF_OFFICES = f"unit_id IS NULL AND {holds('ministry', 'auditor', 'engine_operator')}"
READ = f"{READABLE_UNIT} OR {OF_OFFICES}"
# A message of the outbox is seen by whoever sees the reminder that it carries. Its content, in which links are, by nobody.
OF_REMINDER = f"EXISTS (SELECT FROM reminder m WHERE m.delivery_id = delivery.id) OR {holds('ministry', 'auditor', 'engine_operator')}"


def upgrade() -> None:
    for table, condition in (("contact", READ), ("reminder", READ), ("delivery", OF_REMINDER)):
        for statement in protect(table, read=condition):
            op.execute(statement)


def downgrade() -> None:
    for table in ("delivery", "reminder", "contact"):
        for statement in unprotect(table):
            op.execute(statement)
