"""answers that were given under an Idempotency-Key; who a token is; rows that the API lets people write"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from ranham.kernel.protection import (
    ACTOR,
    APPLICATION_ROLE,
    VERIFIABLE_UNIT,
    WRITABLE_UNIT,
    definer_path,
    holds,
    protect,
    unprotect,
)

revision = "20261124_api"
down_revision = "20261124_verification"
branch_labels = None
depends_on = None

MINISTRY = holds("ministry")
OWN = "person_id = (SELECT ranham_person())"
SENT = "EXISTS (SELECT FROM submission s WHERE s.id = submission_id AND s.{also})"
# An approved extension writes late reports on as revisions that are in time: by the ministry, and in no other way.
BY_EXTENSION = "channel = 'extension'"
WRITTEN_ON = f"{SENT.format(also=WRITABLE_UNIT)} OR {MINISTRY} AND {SENT.format(also=BY_EXTENSION)}"

WIDENED = {
    ("submission", "insert", "WITH CHECK"): (
        f"{WRITABLE_UNIT} OR {MINISTRY} AND channel = 'extension' AND timeliness = 'extended' AND author = {ACTOR}",
        WRITABLE_UNIT,
    ),
    ("submission", "update", "USING"): (f"{WRITABLE_UNIT} OR {MINISTRY} AND timeliness = 'late'", WRITABLE_UNIT),
    ("submission", "update", "WITH CHECK"): (f"{WRITABLE_UNIT} OR {MINISTRY} AND NOT is_current", WRITABLE_UNIT),
    ("measure_answer", "insert", "WITH CHECK"): (WRITTEN_ON, SENT.format(also=WRITABLE_UNIT)),
    ("answer_evidence", "insert", "WITH CHECK"): (WRITTEN_ON, SENT.format(also=WRITABLE_UNIT)),
    # For everybody it is the ministry that asks, and nobody asks in another's name.
    ("extension", "insert", "WITH CHECK"): (
        f"({WRITABLE_UNIT} OR unit_id IS NULL AND {MINISTRY}) AND decided_at IS NULL AND requested_by = {ACTOR}",
        f"{WRITABLE_UNIT} AND decided_at IS NULL",
    ),
}
"""What a policy says from here on, and what it said before."""

ADDED = {
    ("extension", "update", "(approved, decided_by, decided_at, remark)"): (
        f"USING ({MINISTRY}) WITH CHECK ({MINISTRY} AND decided_by = {ACTOR})"
    ),
    ("excuse", "update", "(approved_by, approved_at)"): (
        f"USING ({MINISTRY}) WITH CHECK ({MINISTRY} AND approved_by = {ACTOR} AND requested_by <> approved_by)"
    ),
    ("evidence", "update", "(scan)"): f"USING ({WRITABLE_UNIT}) WITH CHECK ({WRITABLE_UNIT})",
    # What is part of a report that was sent is held by its key.
    ("evidence", "delete", ""): f"USING ({WRITABLE_UNIT})",
}

# Work of the verifiers is seen by whoever sees the report, and done by whoever may decide on it, in their own name.
# What a second reader must not see yet is left out by the queries.
OF_REPORT = "EXISTS (SELECT FROM report r WHERE r.id = report_id{also})"
OF_TASK = "EXISTS (SELECT FROM verification_task t JOIN report r ON r.id = t.report_id WHERE t.id = task_id{also})"
OF_DECISION = "EXISTS (SELECT FROM verification_decision d WHERE d.id = decision_id{also})"
VERIFIES = f" AND r.{VERIFIABLE_UNIT}"
OPENED = {
    "verification_task": {
        "read": OF_REPORT.format(also=""),
        "insert": OF_REPORT.format(also=VERIFIES),
        "update": OF_REPORT.format(also=VERIFIES),
        "update_columns": ["verifier", "submission_id", "taken_at", "done_at"],
    },
    "verification_decision": {
        "read": OF_TASK.format(also=""),
        "insert": f"decided_by = {ACTOR} AND {OF_TASK.format(also=VERIFIES)}",
    },
    "aspect_score": {
        "read": OF_DECISION.format(also=""),
        "insert": OF_DECISION.format(also=f" AND d.decided_by = {ACTOR}"),
    },
    "verifier_interest": {"read": f"verifier = {ACTOR}", "insert": f"verifier = {ACTOR}"},
}

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
    for table, conditions in OPENED.items():
        for statement in protect(table, **conditions):
            op.execute(statement)
    op.execute(PRINCIPAL.format(path=definer_path(op.get_bind())))
    op.execute("REVOKE ALL ON FUNCTION ranham_principal(text) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ranham_principal(text) TO {APPLICATION_ROLE}")
    for (table, command, clause), (condition, _) in WIDENED.items():
        op.execute(f"ALTER POLICY {table}_{command} ON {table} {clause} ({condition})")
    for (table, command, columns_of), condition in ADDED.items():
        op.execute(f"GRANT {command} {columns_of} ON {table} TO {APPLICATION_ROLE}")
        op.execute(f"CREATE POLICY {table}_{command} ON {table} FOR {command} TO {APPLICATION_ROLE} {condition}")


def downgrade() -> None:
    for table, command, columns_of in ADDED:
        op.execute(f"DROP POLICY {table}_{command} ON {table}")
        op.execute(f"REVOKE {command} {columns_of} ON {table} FROM {APPLICATION_ROLE}")
    for (table, command, clause), (_, condition) in WIDENED.items():
        op.execute(f"ALTER POLICY {table}_{command} ON {table} {clause} ({condition})")
    op.execute("DROP FUNCTION ranham_principal(text)")
    for table in reversed(OPENED):
        for statement in unprotect(table):
            op.execute(statement)
    op.drop_table("idempotent_request")
