"""releases: figures of a closed period or a year, with what they count; fixed once they are proposed"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op
from ranham.kernel.protection import ACTOR, SIGNED_IN, holds, protect

revision = "20261124_release"
down_revision = "reminder_rows"
branch_labels = None
depends_on = None

MINISTRY = holds("ministry")
PUBLIC = f"state IN ('published', 'superseded') AND {SIGNED_IN} OR {holds('ministry', 'auditor', 'engine_operator')}"
# Worked out once for a statement; what is not seen of releases is not seen of their rows.
OF_A_RELEASE = "release_id IN (SELECT id FROM release)"
CHANGING = (
    *("number", "version", "state", "sandbox", "reason", "supersedes", "superseded_by", "content_hash"),
    *("proposed_at", "proposed_by", "signed_off_at", "signed_off_by", "published_at", "signature", "key_id"),
)
PARTS = ("release_unit", "release_figure", "release_fact")

STATES = ("provisional", "proposed", "signed_off", "published", "superseded", "dropped")
CHECKS = {
    "version": "version >= 1",
    "of_period": "(kind = 'period') = (period_id IS NOT NULL)",
    "reason": "version = 1 OR sandbox OR coalesce(length(btrim(reason)), 0) > 0",
    "four_eyes": "signed_off_by <> proposed_by",
    "sandbox": "NOT sandbox OR state IN ('provisional', 'dropped')",
    "content_hash": "content_hash ~ '^[0-9a-f]{64}$'",
    "signed": "state NOT IN ('published', 'superseded') OR signature IS NOT NULL",
    "published_whole": "num_nonnulls(signature, key_id, published_at) IN (0, 3)",
    "proposed_whole": "num_nonnulls(proposed_at, proposed_by) IN (0, 2)",
    "signed_off_whole": "num_nonnulls(signed_off_at, signed_off_by) IN (0, 2)",
    "kind": "kind IN ('period', 'year')",
    "state": f"state IN {STATES}",
}

# What a step may change: its own columns. Promoting a sandbox is the only change of what a provisional one is called.
FORWARD = """
CREATE FUNCTION release_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own text[] := CASE
        WHEN OLD.state = 'provisional' AND NEW.state = 'provisional'
            THEN ARRAY['number', 'version', 'sandbox', 'reason', 'supersedes', 'content_hash']
        WHEN OLD.state = 'provisional' AND NEW.state = 'proposed' THEN ARRAY['state', 'proposed_at', 'proposed_by']
        WHEN OLD.state = 'proposed' AND NEW.state = 'signed_off' THEN ARRAY['state', 'signed_off_at', 'signed_off_by']
        WHEN OLD.state = 'signed_off' AND NEW.state = 'published'
            THEN ARRAY['state', 'published_at', 'signature', 'key_id']
        WHEN OLD.state = 'published' AND NEW.state = 'superseded' THEN ARRAY['state', 'superseded_by']
        WHEN OLD.state IN ('provisional', 'proposed', 'signed_off') AND NEW.state = 'dropped' THEN ARRAY['state']
    END;
BEGIN
    IF own IS NULL OR to_jsonb(OLD) - own IS DISTINCT FROM to_jsonb(NEW) - own THEN
        RAISE EXCEPTION 'release %: it goes from % forward only and its content never changes', OLD.number, OLD.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
NEW_IS_PROVISIONAL = """
CREATE FUNCTION release_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'provisional' OR num_nonnulls(NEW.proposed_by, NEW.signed_off_by, NEW.superseded_by, NEW.key_id) > 0 THEN
        RAISE EXCEPTION 'release %: a new one is provisional', NEW.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
# The lock makes whoever proposes the release wait, so nothing is added behind the back of what is signed off.
ONLY_PROVISIONAL = """
CREATE FUNCTION release_takes_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fixed text;
BEGIN
    PERFORM FROM release WHERE id IN (SELECT DISTINCT release_id FROM added) FOR SHARE;
    SELECT min(r.number) INTO fixed FROM release r
    WHERE r.id IN (SELECT DISTINCT release_id FROM added) AND r.state <> 'provisional';
    IF fixed IS NOT NULL THEN
        RAISE EXCEPTION 'release %: it is no longer provisional, so nothing is added to it', fixed
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = [
    ("release", "release_begins", "BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION release_begins()"),
    ("release", "release_forward", "BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION release_forward()"),
    ("release", "release_kept", "BEFORE DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"),
    ("release", "release_whole", "BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"),
]
for part in PARTS:
    TRIGGERS += [
        (part, f"{part}_fixed", "BEFORE UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"),
        (part, f"{part}_whole", "BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"),
        (
            part,
            f"{part}_added",
            "AFTER INSERT ON {t} REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION release_takes_rows()",
        ),
    ]


def upgrade() -> None:
    _create_release()
    _create_parts()
    for function in (FORWARD, NEW_IS_PROVISIONAL, ONLY_PROVISIONAL):
        op.execute(function)
    # ALWAYS: also where a superuser has told the session to leave triggers out, as replicas do.
    for table, name, when in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {when.format(t=table)}")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    opened = protect(
        "release",
        read=PUBLIC,
        insert=f"{MINISTRY} AND made_by = {ACTOR}",
        update=MINISTRY,
        update_columns=CHANGING,
    )
    for part in PARTS:
        opened += protect(part, read=OF_A_RELEASE, insert=f"{MINISTRY} AND {OF_A_RELEASE}")
    for statement in opened:
        op.execute(statement)


def downgrade() -> None:
    for table in (*reversed(PARTS), "release"):
        op.drop_table(table)
    for function in ("release_takes_rows", "release_begins", "release_forward"):
        op.execute(f"DROP FUNCTION {function}()")


def _create_release() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_columns("number", "regulation", "label", kind=sa.Text()),
        *_columns("kind", "state", kind=sa.String(length=32)),
        sa.Column("period_id", sa.BigInteger(), nullable=True),
        *_columns("plan_year_id", "version", "watermark", "event_watermark", "excuses", kind=sa.BigInteger()),
        *_columns("sandbox", "simulated", kind=sa.Boolean()),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        *_columns("rules_digest", "made_by", "content_hash", kind=sa.Text()),
        sa.Column("territory_as_of", sa.Date(), nullable=False),
        *_columns("known_at", "made_at", kind=sa.DateTime(timezone=True)),
        *_columns("proposed_at", "signed_off_at", "published_at", kind=sa.DateTime(timezone=True), nullable=True),
        *_columns("reason", "proposed_by", "signed_off_by", "signature", "key_id", kind=sa.Text(), nullable=True),
        *_columns("supersedes", "superseded_by", kind=sa.BigInteger(), nullable=True),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_release_{name}")) for name, condition in CHECKS.items()),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_release_period_id_period")),
        sa.ForeignKeyConstraint(["plan_year_id"], ["plan_year.id"], name=op.f("fk_release_plan_year_id_plan_year")),
        sa.ForeignKeyConstraint(["supersedes"], ["release.id"], name=op.f("fk_release_supersedes_release")),
        sa.ForeignKeyConstraint(["superseded_by"], ["release.id"], name=op.f("fk_release_superseded_by_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("number", name=op.f("uq_release_number")),
        sa.UniqueConstraint(
            "regulation", "label", "sandbox", "version", name=op.f("uq_release_regulation_label_sandbox_version")
        ),
    )
    open_ = "NOT sandbox AND state IN ('provisional', 'proposed', 'signed_off')"
    for name, which in (("uq_release_open", open_), ("uq_release_published", "state = 'published'")):
        op.create_index(name, "release", ["regulation", "label"], unique=True, postgresql_where=sa.text(which))


def _create_parts() -> None:
    op.create_table(
        "release_unit",
        *_columns("release_id", "unit_id", kind=sa.BigInteger()),
        *_columns("name", "type", "level", kind=sa.Text()),
        *_columns("code", "parent_code", "office_key", kind=sa.Text(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_unit_release_id_release")),
        sa.PrimaryKeyConstraint("release_id", "unit_id", name=op.f("pk_release_unit")),
    )
    op.create_index("ix_release_unit_parent", "release_unit", ["release_id", "parent_id"])
    op.create_table(
        "release_figure",
        *_columns("release_id", "position", "numerator", "denominator", kind=sa.BigInteger()),
        *_columns("level", "unit_name", "scope", "figure", "denominator_name", kind=sa.Text()),
        *_columns("unit_code", "target_group", "action", kind=sa.Text(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_figure_release_id_release")),
        sa.PrimaryKeyConstraint("release_id", "position", name=op.f("pk_release_figure")),
    )
    op.create_index("ix_release_figure_of", "release_figure", ["release_id", "figure", "unit_code"])
    op.create_table(
        "release_fact",
        *_columns("release_id", "obligation_id", "period_id", "unit_id", "action_id", kind=sa.BigInteger()),
        *_columns("submission_id", "event_id", "score_bp", kind=sa.BigInteger(), nullable=True),
        *_columns("reported", "complete", "achieved", "verified", kind=sa.Boolean()),
        sa.Column("timeliness", sa.String(length=32), nullable=True),
        sa.Column("excluded", sa.Text(), nullable=True),
        sa.CheckConstraint("timeliness IN ('on_time', 'extended', 'late')", name=op.f("ck_release_fact_timeliness")),
        sa.PrimaryKeyConstraint("release_id", "obligation_id", "period_id", name=op.f("pk_release_fact")),
    )
    op.create_index("ix_release_fact_unit", "release_fact", ["release_id", "unit_id", "obligation_id", "period_id"])
    op.create_index(
        "ix_release_fact_excluded",
        "release_fact",
        ["release_id", "obligation_id"],
        postgresql_where=sa.text("excluded IS NOT NULL"),
    )


def _columns(*names: str, kind: sa.types.TypeEngine, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=nullable) for name in names]
