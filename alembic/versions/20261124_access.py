"""people, dated roles, local accounts and tokens"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "20261124_access"
down_revision = "20261124_outbox"
branch_labels = None
depends_on = None

ROLES = (
    "operator",
    "opd_contributor",
    "province_coordinator",
    "verifier",
    "ministry",
    "auditor",
    "engine_operator",
)
END = "ARRAY['valid_to', 'ended_by', 'ended_at']"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("oidc_issuer", sa.Text(), nullable=True),
        sa.Column("oidc_subject", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email")),
        sa.CheckConstraint("(oidc_issuer IS NULL) = (oidc_subject IS NULL)", name=op.f("ck_person_oidc")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("oidc_issuer", "oidc_subject", name=op.f("uq_person_oidc_issuer_oidc_subject")),
    )
    _role_assignment()
    op.create_table(
        "local_account",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_local_account_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_local_account")),
    )
    kind = sa.Enum("session", "token", name="kind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
    )
    op.create_index("ix_api_token_person_id", "api_token", ["person_id"])


def _role_assignment() -> None:
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role", sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("opd", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role IN ('operator', 'opd_contributor', 'province_coordinator')) = (unit_id IS NOT NULL)",
            name=op.f("ck_role_assignment_unit"),
        ),
        sa.CheckConstraint(
            "(role = 'opd_contributor') = (length(btrim(coalesce(opd, ''))) > 0)", name=op.f("ck_role_assignment_opd")
        ),
        sa.CheckConstraint("office_id IS NULL OR role = 'verifier'", name=op.f("ck_role_assignment_office")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_role_assignment_span")),
        sa.CheckConstraint(
            "(ended_by IS NULL) = (ended_at IS NULL) AND (ended_at IS NULL OR valid_to IS NOT NULL)",
            name=op.f("ck_role_assignment_ended"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_assignment_person_id_person")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reporting_unit.id"], name=op.f("fk_role_assignment_unit_id_reporting_unit")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["verifying_office.id"], name=op.f("fk_role_assignment_office_id_verifying_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    op.create_index("ix_role_assignment_person_id", "role_assignment", ["person_id"])
    op.create_index("ix_role_assignment_unit_id", "role_assignment", ["unit_id"])
    # The one change: an end, set once, and no later than one that was planned.
    op.execute(
        "CREATE TRIGGER role_assignment_fixed BEFORE UPDATE ON role_assignment FOR EACH ROW "
        "WHEN (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.valid_to > coalesce(OLD.valid_to, 'infinity') "
        f"OR to_jsonb(OLD) - {END} IS DISTINCT FROM to_jsonb(NEW) - {END}) EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER role_assignment_kept BEFORE DELETE ON role_assignment "
        "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("api_token")
    op.drop_table("local_account")
    op.drop_table("role_assignment")
    op.drop_table("person")
