"""the same rows, asked for with plans that a connection keeps: a report is written in ten statements, each of which asks"""

from alembic import op
from ranham.kernel.protection import definer_path

revision = "20261124_quick_rows"
down_revision = "20261124_report_moves"
branch_labels = None
depends_on = None

DEFINER = "LANGUAGE {language} STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = {path}"
IN_FORCE = "r.valid_from <= ranham_today() AND (r.valid_to IS NULL OR r.valid_to > ranham_today())"
PERSON = """
    SELECT p.id FROM api_token t JOIN person p ON p.id = t.person_id LEFT JOIN local_account a ON a.person_id = p.id
    WHERE t.hash = encode(sha256(convert_to(current_setting('ranham.token', true), 'UTF8')), 'hex')
      AND t.revoked_at IS NULL AND t.expires_at > now() AND p.disabled_at IS NULL
      AND NOT (t.kind = 'session' AND coalesce(a.must_change, false))
"""

QUICK = {
    "ranham_person() RETURNS bigint": f"BEGIN RETURN ({PERSON}); END",
    "ranham_writable_units() RETURNS SETOF bigint": f"""BEGIN
        RETURN QUERY SELECT DISTINCT r.unit_id FROM role_assignment r
        WHERE r.person_id = ranham_person() AND r.unit_id IS NOT NULL AND {IN_FORCE};
    END""",
    # Most people report for one unit: they are answered before anything of the territory is looked at.
    "ranham_readable_units() RETURNS SETOF bigint": f"""
    DECLARE
        who bigint := ranham_person();
    BEGIN
        IF EXISTS (SELECT FROM role_assignment r WHERE r.person_id = who AND {IN_FORCE}
                   AND r.role IN ('ministry', 'auditor', 'engine_operator')) THEN
            RETURN QUERY SELECT u.id FROM reporting_unit u;
            RETURN;
        END IF;
        RETURN QUERY SELECT r.unit_id FROM role_assignment r
        WHERE r.person_id = who AND r.unit_id IS NOT NULL AND {IN_FORCE};
        IF EXISTS (SELECT FROM role_assignment r WHERE r.person_id = who AND {IN_FORCE}
                   AND r.role IN ('province_coordinator', 'verifier')) THEN
            RETURN QUERY SELECT v.unit_id FROM role_assignment r JOIN unit_version v ON v.parent_id = r.unit_id
            WHERE r.person_id = who AND r.role = 'province_coordinator' AND {IN_FORCE}
              AND v.valid_from <= ranham_today() AND (v.valid_to IS NULL OR v.valid_to > ranham_today());
            RETURN QUERY SELECT ranham_verifier_units();
        END IF;
    END""",
}
AS_BEFORE = {
    "ranham_person() RETURNS bigint": PERSON,
    "ranham_writable_units() RETURNS SETOF bigint": """
        SELECT DISTINCT h.unit_id FROM ranham_roles() h WHERE h.unit_id IS NOT NULL
    """,
    "ranham_readable_units() RETURNS SETOF bigint": """
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
    """,
}


def upgrade() -> None:
    _replace(QUICK, "plpgsql")


def downgrade() -> None:
    _replace(AS_BEFORE, "sql")


def _replace(functions: dict[str, str], language: str) -> None:
    definer = DEFINER.format(language=language, path=definer_path(op.get_bind()))
    for signature, body in functions.items():
        op.execute(f"CREATE OR REPLACE FUNCTION {signature} {definer} AS $${body}$$")
