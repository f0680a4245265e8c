"""dated facts do not overlap, loaded plans and submissions are not rewritten"""

from alembic import op

revision = "20261124_no_overlap_no_rewrite"
down_revision = "20261124_cycle"
branch_labels = None
depends_on = None

REFUSE_OVERLAP = """
CREATE FUNCTION refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key text := TG_ARGV[0];
    clash bigint;
BEGIN
    IF to_jsonb(NEW) ->> key IS NULL THEN
        RETURN NULL;
    END IF;
    -- Two transactions that write the same key wait for each other, so neither misses the other's row.
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_NAME || ':' || key || ':' || (to_jsonb(NEW) ->> key), 0));
    EXECUTE format(
        'SELECT id FROM %1$I WHERE %2$I = ($1).%2$I AND id <> ($1).id
           AND valid_from < coalesce(($1).valid_to, ''infinity'')
           AND coalesce(valid_to, ''infinity'') > ($1).valid_from LIMIT 1', TG_TABLE_NAME, key)
        INTO clash USING NEW;
    IF clash IS NOT NULL THEN
        RAISE EXCEPTION '% %: % % overlaps row % in time', TG_TABLE_NAME, NEW.id, key, to_jsonb(NEW) ->> key, clash
            USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$
"""

REFUSE_REWRITE = """
CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: rows are never changed or deleted; write a new version or revision', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""

DATED = (("unit_version", "unit_id"), ("unit_version", "code"), ("office_assignment", "unit_id"))
FIXED = (
    "plan_version",
    "plan_year",
    "target_group",
    "strategic_objective",
    "action",
    "period",
    "measure",
    "measure_answer",
)


def upgrade() -> None:
    op.execute(REFUSE_OVERLAP)
    op.execute(REFUSE_REWRITE)
    for table, key in DATED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_no_overlap_{key} AFTER INSERT OR UPDATE ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_overlap('{key}')"
        )
    for table in FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )
    # Of a submission only the mark of the revision that counts may change.
    op.execute(
        "CREATE TRIGGER submission_fixed BEFORE UPDATE ON submission FOR EACH ROW "
        "WHEN (to_jsonb(OLD) - 'is_current' IS DISTINCT FROM to_jsonb(NEW) - 'is_current') "
        "EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(
        "CREATE TRIGGER submission_kept BEFORE DELETE ON submission FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER submission_kept ON submission")
    op.execute("DROP TRIGGER submission_fixed ON submission")
    for table in FIXED:
        op.execute(f"DROP TRIGGER {table}_fixed ON {table}")
    for table, key in DATED:
        op.execute(f"DROP TRIGGER {table}_no_overlap_{key} ON {table}")
    op.execute("DROP FUNCTION refuse_rewrite()")
    op.execute("DROP FUNCTION refuse_overlap()")
