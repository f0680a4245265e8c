"""only verifiers return a report, and only the ministry reopens one (decision 0006)

The condition of the row sees what a report becomes and not what it was: as operators go on editing what was returned or
reopened, it also let them bring their own report into these states.
"""

from alembic import op
from ranham.kernel.protection import definer_path

revision = "20261124_moves_by_role"
down_revision = "20261124_own_rows_named"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # By its number: a temporary table under the same name would be another table.
    op.execute(f"""
        CREATE FUNCTION refuse_move_of_others() RETURNS trigger LANGUAGE plpgsql SET search_path = {definer_path(op.get_bind())} AS $$
        BEGIN
            IF row_security_active(TG_RELID) AND NOT (CASE NEW.state
                    WHEN 'reopened' THEN ranham_has_role('ministry')
                    ELSE NEW.unit_id IN (SELECT ranham_verifiable_units()) END) THEN
                RAISE EXCEPTION 'report %: your roles do not make it %', OLD.id, NEW.state
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER report_moves_of_others BEFORE UPDATE OF state ON report FOR EACH ROW "
        "WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('returned', 'reopened')) "
        "EXECUTE FUNCTION refuse_move_of_others()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER report_moves_of_others ON report")
    op.execute("DROP FUNCTION refuse_move_of_others()")
