"""the verifiers of a Kanwil see the digests that went to it"""

from alembic import op
from ranham.kernel.protection import APPLICATION_ROLE, READABLE_UNIT, holds

revision = "office_digests"
down_revision = "contact_pending"
branch_labels = None
depends_on = None

OF_OFFICES = f"unit_id IS NULL AND {holds('ministry', 'auditor', 'engine_operator')}"
OF_OWN_OFFICE = (
    "office_id IN (SELECT a.office_id FROM role_assignment a WHERE a.person_id = (SELECT ranham_person()) "
    "AND a.role = 'verifier' AND a.valid_from <= ranham_today() AND (a.valid_to IS NULL OR a.valid_to > ranham_today()))"
)
BEFORE = f"{READABLE_UNIT} OR {OF_OFFICES}"


def upgrade() -> None:
    op.execute(f"GRANT EXECUTE ON FUNCTION ranham_today() TO {APPLICATION_ROLE}")
    op.execute(f"ALTER POLICY reminder_read ON reminder USING ({BEFORE} OR {OF_OWN_OFFICE})")


def downgrade() -> None:
    op.execute(f"ALTER POLICY reminder_read ON reminder USING ({BEFORE})")
    op.execute(f"REVOKE EXECUTE ON FUNCTION ranham_today() FROM {APPLICATION_ROLE}")
