"""period and file of reports are looked up once for a statement, not once for each row

A file brings a million reports of one period and one batch; two million look-ups of the same two rows were a tenth of an
import. Neither row is ever deleted, so it is enough to look when reports are written.
"""

from alembic import op
from ranham.kernel.protection import definer_path

revision = "20261124_one_look"
down_revision = "20261124_stated_evidence"
branch_labels = None
depends_on = None

KEYS = (
    ("fk_submission_period_id_period", "period_id", "period"),
    ("fk_submission_batch_id_import_batch", "batch_id", "import_batch"),
)


def upgrade() -> None:
    for name, _, _ in KEYS:
        op.drop_constraint(op.f(name), "submission", type_="foreignkey")
    # With the rights of the tables' owner: whoever writes may not see every batch.
    op.execute(f"""
        CREATE FUNCTION refuse_unknown_parent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = {definer_path(op.get_bind())} AS $$
        BEGIN
            IF EXISTS (SELECT FROM (SELECT DISTINCT period_id FROM written) w
                       WHERE NOT EXISTS (SELECT FROM period p WHERE p.id = w.period_id))
               OR EXISTS (SELECT FROM (SELECT DISTINCT batch_id FROM written WHERE batch_id IS NOT NULL) w
                          WHERE NOT EXISTS (SELECT FROM import_batch b WHERE b.id = w.batch_id)) THEN
                RAISE EXCEPTION 'submission: no such period or import batch' USING ERRCODE = 'foreign_key_violation';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION refuse_unknown_parent() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER submission_parents AFTER INSERT ON submission REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_unknown_parent()"
    )
    op.execute(
        "CREATE TRIGGER import_batch_kept BEFORE DELETE ON import_batch FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER import_batch_kept ON import_batch")
    op.execute("DROP TRIGGER submission_parents ON submission")
    op.execute("DROP FUNCTION refuse_unknown_parent()")
    for name, column, parent in KEYS:
        op.create_foreign_key(op.f(name), "submission", parent, [column], ["id"])
