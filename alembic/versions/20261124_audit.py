"""events of the audit, chained by their hashes and never rewritten"""

import sqlalchemy as sa

from alembic import op
from ranham.kernel.protection import definer_path

revision = "20261124_audit"
down_revision = "20261124_verified_counts"
branch_labels = None
depends_on = None

INSTANT = "^[0-9]{4}-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}[+]00:00$"
# With the owner's rights, because a writer who may not read events must not start a chain of its own.
CHAIN = """
CREATE FUNCTION chain_audit_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = {path} AS $$
DECLARE
    said jsonb := NEW.payload::jsonb;
    last record;
BEGIN
    -- Whoever checks the chain reads these with another program, so there is one spelling of each.
    IF NEW.payload ~ '[\\t\\n\\r]'
        OR ARRAY[jsonb_typeof(said -> 'actor'), jsonb_typeof(said -> 'kind'), jsonb_typeof(said -> 'subject'),
                 jsonb_typeof(said -> 'subject_id'), jsonb_typeof(said -> 'detail')]
            IS DISTINCT FROM ARRAY['string', 'string', 'string', 'number', 'object']
        OR (said ->> 'at') !~ '{instant}' THEN
        RAISE EXCEPTION 'audit_event: a payload is one line of JSON: at (UTC with microseconds), actor, kind, subject, subject_id, detail'
            USING ERRCODE = 'check_violation';
    END IF;
    -- One writer at a time up to its commit: the last row is the last row.
    PERFORM pg_advisory_xact_lock(7269);
    SELECT id, hash INTO last FROM audit_event ORDER BY id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.previous_hash := coalesce(last.hash, repeat('0', 64));
    NEW.hash := encode(sha256(convert_to(NEW.previous_hash || NEW.payload, 'UTF8')), 'hex');
    NEW.at := (said ->> 'at')::timestamptz;
    NEW.actor := said ->> 'actor';
    NEW.kind := said ->> 'kind';
    NEW.subject := said ->> 'subject';
    NEW.subject_id := (said ->> 'subject_id')::bigint;
    RETURN NEW;
END $$
"""
# ALWAYS: also where a superuser has told the session to leave triggers out, as replicas do.
TRIGGERS = {
    "audit_event_chained": "BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION chain_audit_event()",
    "audit_event_fixed": "BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()",
    "audit_event_kept": "BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()",
}


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject", "subject_id", "id"])
    op.execute(CHAIN.format(path=definer_path(op.get_bind()), instant=INSTANT))
    # Else anybody could hang it on a table of their own and read where the chain ends.
    op.execute("REVOKE ALL ON FUNCTION chain_audit_event() FROM PUBLIC")
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when}")
        op.execute(f"ALTER TABLE audit_event ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    op.drop_table("audit_event")
    op.execute("DROP FUNCTION chain_audit_event()")
