"""the database knows which state of a report may follow which, whoever writes"""

from alembic import op

revision = "20261124_report_moves"
down_revision = "20261124_reason_said"
branch_labels = None
depends_on = None

# As `ranham.submission.states.TRANSITIONS` stood at this revision; a test compares them.
MOVES = (
    ("not_started", "draft"),
    ("not_started", "submitted"),
    ("draft", "submitted"),
    ("returned", "resubmitted"),
    ("reopened", "resubmitted"),
    ("submitted", "under_verification"),
    ("resubmitted", "under_verification"),
    ("under_verification", "returned"),
    ("under_verification", "verified"),
    ("verified", "final"),
    ("verified", "reopened"),
    ("final", "reopened"),
    ("not_started", "reopened"),
    ("draft", "reopened"),
    ("submitted", "reopened"),
    ("returned", "reopened"),
    ("resubmitted", "reopened"),
)
ALLOWED = ", ".join(f"('{before}', '{after}')" for before, after in MOVES)


def upgrade() -> None:
    op.execute(f"""
        CREATE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (OLD.state, NEW.state) NOT IN ({ALLOWED}) THEN
                RAISE EXCEPTION 'report %: % does not follow %', OLD.id, NEW.state, OLD.state
                    USING ERRCODE = 'restrict_violation';
            END IF;
            IF NEW.version <= OLD.version THEN
                RAISE EXCEPTION 'report %: a change of state needs a new version', OLD.id
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER report_moves BEFORE UPDATE OF state ON report FOR EACH ROW "
        "WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_move()"
    )
    op.execute("CREATE TRIGGER report_kept BEFORE DELETE ON report FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()")


def downgrade() -> None:
    op.execute("DROP TRIGGER report_kept ON report")
    op.execute("DROP TRIGGER report_moves ON report")
    op.execute("DROP FUNCTION refuse_move()")
