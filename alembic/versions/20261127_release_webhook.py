"""webhooks that are told of releases, and what each was told; added and withdrawn by the ministry"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from ranham.kernel.protection import ACTOR, APPLICATION_ROLE, holds, protect

revision = "release_webhook"
down_revision = "release_filing"
branch_labels = None
depends_on = None

MINISTRY = holds("ministry")
WATCHING = holds("ministry", "auditor", "engine_operator")
EVENTS = ("release.published", "release.superseded", "release.dropped")
WITHDRAWAL = ("withdrawn_at", "withdrawn_by", "withdrawn_because")
TABLES = ("release_webhook", "release_webhook_notice")

# Whoever publishes as a person tells the webhooks that there are, at the addresses that they have, and nobody else.
NOTICE = f"""{MINISTRY} AND EXISTS (SELECT FROM release_webhook w WHERE w.id = webhook_id AND w.withdrawn_at IS NULL)
    AND (release_id IS NULL OR EXISTS (SELECT FROM release r WHERE r.id = release_id))"""
DELIVERY = f"""{MINISTRY} AND kind = 'release_webhook' AND channel = 'webhook' AND state = 'created'
    AND EXISTS (SELECT FROM release_webhook_notice n JOIN release_webhook w ON w.id = n.webhook_id
                WHERE n.id = ref AND w.url = address AND w.name = delivery.name)"""

ONCE = """
CREATE FUNCTION release_webhook_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL
       OR to_jsonb(OLD) - ARRAY['withdrawn_at', 'withdrawn_by', 'withdrawn_because']
          IS DISTINCT FROM to_jsonb(NEW) - ARRAY['withdrawn_at', 'withdrawn_by', 'withdrawn_because'] THEN
        RAISE EXCEPTION 'webhook %: it never changes, and is withdrawn once', OLD.name
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGERS = (
    ("release_webhook", "once", "BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION release_webhook_once()"),
    ("release_webhook", "kept", "BEFORE DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"),
    ("release_webhook", "whole", "BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"),
    (
        "release_webhook_notice",
        "fixed",
        "BEFORE UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()",
    ),
    ("release_webhook_notice", "whole", "BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"),
)


def upgrade() -> None:
    _create_webhook()
    _create_notice()
    op.execute(ONCE)
    # ALWAYS: also where a superuser has told the session to leave triggers out, as replicas do.
    for table, name, when in TRIGGERS:
        op.execute(f"CREATE TRIGGER {table}_{name} {when.format(t=table)}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
    opened = protect(
        "release_webhook",
        read=WATCHING,
        insert=f"{MINISTRY} AND created_by = {ACTOR} AND withdrawn_at IS NULL",
        update=MINISTRY,
        update_to=f"{MINISTRY} AND withdrawn_by = {ACTOR}",
        update_columns=WITHDRAWAL,
    )
    opened += protect("release_webhook_notice", read=WATCHING, insert=NOTICE)
    opened += protect("delivery", insert=DELIVERY)
    for statement in opened:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP POLICY delivery_insert ON delivery")
    op.execute(f"REVOKE INSERT ON delivery FROM {APPLICATION_ROLE}")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION release_webhook_once()")


def _create_webhook() -> None:
    checks = {
        "name": "name ~ '^[a-z0-9][a-z0-9-]{0,39}$'",
        "url": "url ~ '^https?://[!-~]+$' AND url !~ '[?#]' AND length(url) <= 2000",
        "events": f"cardinality(events) > 0 AND events <@ ARRAY[{', '.join(map(repr, EVENTS))}]",
        "withdrawn": f"num_nonnulls({', '.join(WITHDRAWAL)}) IN (0, 3)",
    }
    op.create_table(
        "release_webhook",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_release_webhook_{name}")) for name, condition in checks.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_webhook")),
    )
    told = sa.text("withdrawn_at IS NULL")
    op.create_index("uq_release_webhook_name", "release_webhook", ["name"], unique=True, postgresql_where=told)


def _create_notice() -> None:
    table = "release_webhook_notice"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("release_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"event IN {(*EVENTS, 'webhook.test')}", name=op.f(f"ck_{table}_event")),
        sa.CheckConstraint("(event = 'webhook.test') = (release_id IS NULL)", name=op.f(f"ck_{table}_of_release")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["release_webhook.id"], name=op.f(f"fk_{table}_webhook_id_release_webhook")
        ),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f(f"fk_{table}_release_id_release")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("webhook_id", "release_id", "event", name=op.f(f"uq_{table}_webhook_id_release_id_event")),
    )
