"""what became of releases, in the order in which it was committed: read out of the audit by whoever may see it"""

from alembic import op
from ranham.kernel.protection import APPLICATION_ROLE, SIGNED_IN, definer_path, holds

revision = "release_changes"
down_revision = "release_course"
branch_labels = None
depends_on = None

KINDS = tuple(
    f"release.{word}" for word in ("made", "promoted", "proposed", "signed_off", "published", "superseded", "dropped")
)
# A change is told to whoever could see the release as it then became, as `release_read` has it for the release itself.
CHANGES = f"""
CREATE FUNCTION ranham_release_changes(after bigint) RETURNS TABLE (
    place bigint, release_id bigint, what text, state text, at timestamptz, former_number text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {{path}} AS $$
    SELECT e.id, e.subject_id, substr(e.kind, 9), d.said ->> 'state', e.at, d.said ->> 'sandbox'
    FROM audit_event e CROSS JOIN LATERAL (SELECT e.payload::jsonb -> 'detail' AS said) d
    WHERE e.subject = 'release' AND e.id > after AND e.kind IN {KINDS}
      AND (d.said ->> 'state' IN ('published', 'superseded') AND {SIGNED_IN}
           OR {holds("ministry", "auditor", "engine_operator")})
$$
"""
# Twelve digits of a hash say nothing of what was hashed, and are enough to tell one history from another.
# `+ 0`: else the chain is walked from its end to the last event of a release, past all reports of a window.
MARK = """
CREATE FUNCTION ranham_release_mark(up_to bigint) RETURNS TABLE (place bigint, mark text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {path} AS $$
    SELECT e.id, left(e.hash, 12) FROM audit_event e
    WHERE e.id = (SELECT max(r.id + 0) FROM audit_event r WHERE r.subject = 'release' AND r.id <= up_to)
$$
"""
FUNCTIONS = {"ranham_release_changes(bigint)": CHANGES, "ranham_release_mark(bigint)": MARK}


def upgrade() -> None:
    path = definer_path(op.get_bind())
    for name, body in FUNCTIONS.items():
        op.execute(body.format(path=path))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {APPLICATION_ROLE}")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
