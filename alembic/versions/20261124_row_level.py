"""who may see and write which rows, decided by the database (decision 0006)"""

import sqlalchemy as sa

from alembic import op
from ranham.kernel.errors import Conflict
from ranham.kernel.protection import (
    ACTOR,
    APPLICATION_ROLE,
    READABLE_UNIT,
    SIGNED_IN,
    VERIFIABLE_UNIT,
    WRITABLE_UNIT,
    create_role,
    definer_path,
    holds,
    protect,
    schema,
    unprotect,
)

revision = "20261124_row_level"
down_revision = "20261124_evidence"
branch_labels = None
depends_on = None

EVERYBODYS = (
    *("decree", "reporting_unit", "unit_version", "unit_lineage", "verifying_office", "office_assignment"),
    *("regulation", "plan_version", "plan_year", "target_group", "strategic_objective", "action", "period", "measure"),
    *("year_freeze", "obligation", "exclusion", "period_state", "rollup", "unit_count", "action_count"),
)
CENTRAL = holds("ministry", "auditor", "engine_operator")
MINISTRY = holds("ministry")
OWN = "(SELECT ranham_person())"
IMPORTED = f"imported_by = {OWN}"
# A policy of one table that looks into another meets that one's policies: a row that cannot be seen is not there.
OBLIGATION = "EXISTS (SELECT FROM obligation o WHERE o.id = obligation_id AND o.{unit})"
SENT = "EXISTS (SELECT FROM submission s WHERE s.id = submission_id{also})"
IN_WORK = "EXISTS (SELECT FROM report r WHERE r.id = report_id{also})"
IN_BATCH = "EXISTS (SELECT FROM submission s WHERE s.batch_id = import_batch.id{also})"

READ_SENT, WRITE_SENT = SENT.format(also=""), SENT.format(also=f" AND s.{WRITABLE_UNIT}")
READ_IN_WORK, WRITE_IN_WORK = IN_WORK.format(also=""), IN_WORK.format(also=f" AND r.{WRITABLE_UNIT}")
ANYBODY_IN_CHARGE = f"{WRITABLE_UNIT} OR {VERIFIABLE_UNIT} OR {MINISTRY}"

GUARDED = {
    # Whoever is named as author, asking or approving is whoever is signed in.
    "submission": protect(
        "submission",
        read=READABLE_UNIT,
        insert=f"{WRITABLE_UNIT} AND author = {ACTOR}",
        update=WRITABLE_UNIT,
        update_columns=["is_current"],
    ),
    "measure_answer": protect("measure_answer", read=READ_SENT, insert=WRITE_SENT),
    "answer_evidence": protect("answer_evidence", read=READ_SENT, insert=WRITE_SENT),
    # Who may bring a report into which state: operators send, verifiers decide, the ministry reopens.
    "report": protect(
        "report",
        read=READABLE_UNIT,
        insert=f"({ANYBODY_IN_CHARGE}) AND state IN ('not_started', 'submitted') AND round = 0 AND score_bp IS NULL",
        update=ANYBODY_IN_CHARGE,
        update_to=f"{WRITABLE_UNIT} AND state NOT IN ('under_verification', 'verified', 'final') "
        f"OR {VERIFIABLE_UNIT} AND state IN ('under_verification', 'returned', 'verified') "
        f"OR {MINISTRY} AND state = 'reopened'",
        update_columns=[
            *("state", "version", "round", "return_due_at", "reopened_at", "unsent", "score_bp", "changed_at"),
        ],
    ),
    "report_event": protect(
        "report_event",
        read=READABLE_UNIT,
        insert=f"actor = {ACTOR} AND ({WRITABLE_UNIT} AND event IN ('edit', 'submit') "
        f"OR {VERIFIABLE_UNIT} AND event IN ('take', 'return', 'verify') OR {MINISTRY} AND event = 'reopen')",
    ),
    "draft_answer": protect(
        "draft_answer",
        read=READ_IN_WORK,
        insert=WRITE_IN_WORK,
        update=WRITE_IN_WORK,
        update_columns=["answer", "value", "note", "opd", "version", "written_by", "written_at"],
        delete=WRITE_IN_WORK,
    ),
    "draft_evidence": protect("draft_evidence", read=READ_IN_WORK, insert=WRITE_IN_WORK, delete=WRITE_IN_WORK),
    # What a draft or a report names cannot be deleted: its key holds it.
    "evidence": protect(
        "evidence",
        read=READABLE_UNIT,
        insert=f"{WRITABLE_UNIT} AND uploaded_by = {ACTOR}",
        update=WRITABLE_UNIT,
        update_columns=["scan"],
        delete=WRITABLE_UNIT,
    ),
    # Asking is for everybody who reports, and nobody approves by the way they ask.
    "excuse": protect(
        "excuse",
        read=OBLIGATION.format(unit=READABLE_UNIT),
        insert=f"{OBLIGATION.format(unit=WRITABLE_UNIT)} AND requested_by = {ACTOR} AND approved_at IS NULL",
        update=f"{OBLIGATION.format(unit=VERIFIABLE_UNIT)} OR {MINISTRY}",
        update_to=f"approved_by = {ACTOR} AND approved_by <> requested_by",
        update_columns=["approved_by", "approved_at"],
    ),
    # Deciding on one writes reports of other units on, so it is the engine's work and not the application's.
    "extension": protect(
        "extension",
        read=f"{READABLE_UNIT} OR unit_id IS NULL AND {SIGNED_IN}",
        insert=f"{WRITABLE_UNIT} AND requested_by = {ACTOR} AND decided_at IS NULL",
    ),
    "import_batch": protect(
        "import_batch",
        read=f"{IMPORTED} OR {CENTRAL} OR {IN_BATCH.format(also='')}",
        insert=f"{IMPORTED} AND EXISTS (SELECT ranham_writable_units())",
        update=f"{IMPORTED} OR {IN_BATCH.format(also=f' AND s.{WRITABLE_UNIT}')}",
        update_columns=["imported_at", "rows_refused", "simulated"],
    ),
    "role_assignment": protect("role_assignment", read=f"person_id = {OWN} OR {READABLE_UNIT} OR {CENTRAL}"),
    # Whose roles can be seen can be seen: a coordinator has to know whom to call.
    "person": protect(
        "person",
        read=f"id = {OWN} OR {CENTRAL} OR EXISTS (SELECT FROM role_assignment r WHERE r.person_id = person.id)",
    ),
    "cycle_run": protect("cycle_run", read=holds("auditor", "engine_operator")),
    # An event names whoever is signed in, and nobody else.
    "audit_event": protect("audit_event", read=holds("auditor", "engine_operator"), insert=f"actor = {ACTOR}"),
    "outbox_message": protect("outbox_message", insert=SIGNED_IN),
}

TODAY = """
CREATE FUNCTION ranham_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (now() AT TIME ZONE 'Asia/Jakarta')::date
$$
"""
# Each runs with the rights of the tables' owner, for the role that asks may read none of these tables.
DEFINER = "LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = {path}"
FUNCTIONS = {
    # The person whose token the transaction carries. The raw token is the proof: no other setting makes anybody else.
    "ranham_person()": """RETURNS bigint {definer} AS $$
        SELECT p.id FROM api_token t JOIN person p ON p.id = t.person_id LEFT JOIN local_account a ON a.person_id = p.id
        WHERE t.hash = encode(sha256(convert_to(current_setting('ranham.token', true), 'UTF8')), 'hex')
          AND t.revoked_at IS NULL AND t.expires_at > now() AND p.disabled_at IS NULL
          AND NOT (t.kind = 'session' AND coalesce(a.must_change, false))
    $$""",
    "ranham_roles()": """RETURNS TABLE (role text, unit_id bigint, office_id bigint) {definer} AS $$
        SELECT r.role, r.unit_id, r.office_id FROM role_assignment r
        WHERE r.person_id = ranham_person() AND r.valid_from <= ranham_today()
          AND (r.valid_to IS NULL OR r.valid_to > ranham_today())
    $$""",
    "ranham_has_role(wanted text)": """RETURNS boolean {definer} AS $$
        SELECT EXISTS (SELECT FROM ranham_roles() h WHERE h.role = wanted)
    $$""",
    "ranham_writable_units()": """RETURNS SETOF bigint {definer} AS $$
        SELECT DISTINCT h.unit_id FROM ranham_roles() h WHERE h.unit_id IS NOT NULL
    $$""",
    # Of a verifier: the provinces that the office has today, with their regencies; all for the central team.
    "ranham_verifier_units()": """RETURNS SETOF bigint {definer} AS $$
        WITH held AS (SELECT * FROM ranham_roles() h WHERE h.role = 'verifier'),
        province AS (
            SELECT a.unit_id FROM held h JOIN office_assignment a ON a.office_id = h.office_id
            WHERE a.valid_from <= ranham_today() AND (a.valid_to IS NULL OR a.valid_to > ranham_today()))
        SELECT p.unit_id FROM province p
        UNION
        SELECT v.unit_id FROM province p JOIN unit_version v ON v.parent_id = p.unit_id
        WHERE v.valid_from <= ranham_today() AND (v.valid_to IS NULL OR v.valid_to > ranham_today())
        UNION
        SELECT u.id FROM reporting_unit u WHERE EXISTS (SELECT FROM held h WHERE h.office_id IS NULL)
    $$""",
    "ranham_verifiable_units()": """RETURNS SETOF bigint {definer} AS $$
        SELECT ranham_verifier_units() EXCEPT SELECT ranham_writable_units()
    $$""",
    "ranham_readable_units()": """RETURNS SETOF bigint {definer} AS $$
        WITH held AS (SELECT * FROM ranham_roles())
        SELECT h.unit_id FROM held h WHERE h.unit_id IS NOT NULL
        UNION
        SELECT v.unit_id FROM held h JOIN unit_version v ON v.parent_id = h.unit_id
        WHERE h.role = 'province_coordinator' AND v.valid_from <= ranham_today()
          AND (v.valid_to IS NULL OR v.valid_to > ranham_today())
        UNION
        SELECT ranham_verifier_units()
        UNION
        SELECT u.id FROM reporting_unit u
        WHERE EXISTS (SELECT FROM held h WHERE h.role IN ('ministry', 'auditor', 'engine_operator'))
    $$""",
}
CALLED_BY_POLICIES = (
    "ranham_person()",
    "ranham_has_role(text)",
    "ranham_writable_units()",
    "ranham_verifiable_units()",
    "ranham_readable_units()",
)


def upgrade() -> None:
    connection = op.get_bind()
    create_role(connection)
    _close_schema(connection)
    op.execute(TODAY)
    op.execute("REVOKE ALL ON FUNCTION ranham_today() FROM PUBLIC")
    definer = DEFINER.format(path=definer_path(connection))
    for signature, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {signature} {body.format(definer=definer)}")
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    for signature in CALLED_BY_POLICIES:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {APPLICATION_ROLE}")
    # Whoever imports is put down by the database itself: a batch has no unit to go by.
    op.add_column(
        "import_batch",
        sa.Column("imported_by", sa.BigInteger(), server_default=sa.text("ranham_person()"), nullable=True),
    )
    op.create_foreign_key(op.f("fk_import_batch_imported_by_person"), "import_batch", "person", ["imported_by"], ["id"])
    for table in EVERYBODYS:
        for statement in protect(table, read=SIGNED_IN):
            op.execute(statement)
    for statements in GUARDED.values():
        for statement in statements:
            op.execute(statement)


def downgrade() -> None:
    for table in (*reversed(GUARDED), *reversed(EVERYBODYS)):
        for statement in unprotect(table):
            op.execute(statement)
    op.drop_constraint(op.f("fk_import_batch_imported_by_person"), "import_batch", type_="foreignkey")
    op.drop_column("import_batch", "imported_by")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP FUNCTION ranham_today()")
    # The role stays: it belongs to the server, and other databases may use it.
    op.execute(f"REVOKE USAGE ON SCHEMA {schema(op.get_bind())} FROM {APPLICATION_ROLE}")


def _close_schema(connection: sa.Connection) -> None:
    """Nobody but owners may put things beside our functions, where these would find them."""
    name = schema(connection)
    op.execute(f"GRANT USAGE ON SCHEMA {name} TO {APPLICATION_ROLE}")
    op.execute(f"REVOKE CREATE ON SCHEMA {name} FROM PUBLIC, {APPLICATION_ROLE}")
    if connection.scalar(sa.text(f"SELECT has_schema_privilege('{APPLICATION_ROLE}', current_schema(), 'CREATE')")):
        raise Conflict(
            f"{APPLICATION_ROLE} may create things in schema {name}, so row-level security would not hold it; "
            f"as the schema's owner run: REVOKE CREATE ON SCHEMA {name} FROM PUBLIC, {APPLICATION_ROLE};"
        )
