"""answers that were given under an Idempotency-Key, and who a token is"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from ranham.kernel.protection import APPLICATION_ROLE, definer_path, protect

revision = "20261124_api"
down_revision = "20261124_quick_rows"
branch_labels = None
depends_on = None

OWN = "person_id = (SELECT ranham_person())"

# The same as `ranham.access.service.tokens` asks for the owner of the tables; a session whose password was set by
# somebody else is known by it, and still sees no row.
PRINCIPAL = """
CREATE FUNCTION ranham_principal(token text) RETURNS TABLE (
    token_id bigint, kind text, scopes text[], last_used_at timestamptz, person_id bigint, name text,
    must_change_password boolean, roles jsonb)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = {path} AS $$
    SELECT t.id, t.kind, t.scopes, t.last_used_at, p.id, p.name, t.kind = 'session' AND coalesce(a.must_change, false),
           coalesce((SELECT jsonb_agg(jsonb_build_array(r.id, r.role, r.unit_id, r.office_id, r.opd) ORDER BY r.id)
                     FROM role_assignment r WHERE r.person_id = p.id AND r.valid_from <= ranham_today()
                     AND (r.valid_to IS NULL OR r.valid_to > ranham_today())), '[]')
    FROM api_token t JOIN person p ON p.id = t.person_id LEFT JOIN local_account a ON a.person_id = p.id
    WHERE t.hash = encode(sha256(convert_to(token, 'UTF8')), 'hex')
      AND t.revoked_at IS NULL AND t.expires_at > now() AND p.disabled_at IS NULL
$$
"""


def upgrade() -> None:
    op.create_table(
        "idempotent_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("body_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_idempotent_request_body")),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 200", name=op.f("ck_idempotent_request_key")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_idempotent_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_request")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_idempotent_request_person_id_key")),
    )
    op.create_index("ix_idempotent_request_age", "idempotent_request", ["person_id", "created_at"])
    columns = ["about", "body_sha256", "status", "headers", "response", "created_at"]
    for statement in protect(
        "idempotent_request", read=OWN, insert=OWN, update=OWN, update_columns=columns, delete=OWN
    ):
        op.execute(statement)
    op.execute(PRINCIPAL.format(path=definer_path(op.get_bind())))
    op.execute("REVOKE ALL ON FUNCTION ranham_principal(text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ranham_principal(text) TO {APPLICATION_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION ranham_principal(text)")
    op.drop_table("idempotent_request")
