"""what is said of a file of evidence is never rewritten: a report that was sent with it shows it for ever"""

from alembic import op

revision = "20261124_evidence_fixed"
down_revision = "20261124_one_pass"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The link from a revision is fixed already; without this, what it leads to could be another file. The verdict of
    # the scanner alone may come later.
    op.execute(
        "CREATE TRIGGER evidence_fixed BEFORE UPDATE ON evidence FOR EACH ROW "
        "WHEN (to_jsonb(OLD) - 'scan' IS DISTINCT FROM to_jsonb(NEW) - 'scan') EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER evidence_fixed ON evidence")
