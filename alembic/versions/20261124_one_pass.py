"""the same rows, found with one look at a person's roles; and ids of revisions, asked for before they are written"""

from alembic import op
from ranham.kernel.protection import definer_path

revision = "20261124_one_pass"
down_revision = "20261124_one_look"
branch_labels = None
depends_on = None

DEFINER = "LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = {path}"
# As in ranham_person(), which as a call of its own would take as long as the rest.
PERSON = """
    SELECT p.id FROM api_token t JOIN person p ON p.id = t.person_id LEFT JOIN local_account a ON a.person_id = p.id
    WHERE t.hash = encode(sha256(convert_to(current_setting('ranham.token', true), 'UTF8')), 'hex')
      AND t.revoked_at IS NULL AND t.expires_at > now() AND p.disabled_at IS NULL
      AND NOT (t.kind = 'session' AND coalesce(a.must_change, false))
"""
IN_FORCE = "r.valid_from <= ranham_today() AND (r.valid_to IS NULL OR r.valid_to > ranham_today())"

ONE_PASS = {
    "ranham_writable_units() RETURNS SETOF bigint": f"""
    DECLARE
        who bigint := ({PERSON});
    BEGIN
        RETURN QUERY SELECT DISTINCT r.unit_id FROM role_assignment r
        WHERE r.person_id = who AND r.unit_id IS NOT NULL AND {IN_FORCE};
    END""",
    "ranham_readable_units() RETURNS SETOF bigint": f"""
    DECLARE
        who bigint := ({PERSON});
        own bigint[];
        everything boolean;
        more boolean;
    BEGIN
        SELECT array_agg(r.unit_id) FILTER (WHERE r.unit_id IS NOT NULL),
               bool_or(r.role IN ('ministry', 'auditor', 'engine_operator')),
               bool_or(r.role IN ('province_coordinator', 'verifier'))
        INTO own, everything, more FROM role_assignment r WHERE r.person_id = who AND {IN_FORCE};
        IF everything THEN
            RETURN QUERY SELECT u.id FROM reporting_unit u;
            RETURN;
        END IF;
        RETURN QUERY SELECT unnest(own);
        IF more THEN
            RETURN QUERY SELECT v.unit_id FROM role_assignment r JOIN unit_version v ON v.parent_id = r.unit_id
            WHERE r.person_id = who AND r.role = 'province_coordinator' AND {IN_FORCE}
              AND v.valid_from <= ranham_today() AND (v.valid_to IS NULL OR v.valid_to > ranham_today());
            RETURN QUERY SELECT ranham_verifier_units();
        END IF;
    END""",
}
AS_BEFORE = {
    "ranham_writable_units() RETURNS SETOF bigint": f"""BEGIN
        RETURN QUERY SELECT DISTINCT r.unit_id FROM role_assignment r
        WHERE r.person_id = ranham_person() AND r.unit_id IS NOT NULL AND {IN_FORCE};
    END""",
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


def upgrade() -> None:
    _replace(ONE_PASS)
    op.execute("GRANT USAGE ON SEQUENCE submission_id_seq TO ranham_app")


def downgrade() -> None:
    op.execute("REVOKE USAGE ON SEQUENCE submission_id_seq FROM ranham_app")
    _replace(AS_BEFORE)


def _replace(functions: dict[str, str]) -> None:
    definer = DEFINER.format(path=definer_path(op.get_bind()))
    for signature, body in functions.items():
        op.execute(f"CREATE OR REPLACE FUNCTION {signature} {definer} AS $${body}$$")
