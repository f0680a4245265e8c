"""whether an event is of its report is asked past the policies of reports, which every event would pay for again"""

from alembic import op
from ranham.kernel.protection import ACTOR, APPLICATION_ROLE, VERIFIABLE_UNIT, WRITABLE_UNIT, definer_path, holds

revision = "20261124_event_of_report"
down_revision = "20261124_moves_by_role"
branch_labels = None
depends_on = None

EVENT = (
    f"actor = {ACTOR} AND ({WRITABLE_UNIT} AND event IN ('edit', 'submit') "
    f"OR {VERIFIABLE_UNIT} AND event IN ('take', 'return', 'verify') OR {holds('ministry')} AND event = 'reopen')"
)
BEFORE = (
    "EXISTS (SELECT FROM report r WHERE r.id = report_id "
    "AND r.obligation_id = report_event.obligation_id AND r.period_id = report_event.period_id)"
)
# Says no more than whoever may write the event knows: its unit is theirs, and an obligation has one unit.
FUNCTION = """
CREATE FUNCTION ranham_is_of_report(report bigint, obligation bigint, period bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = {path} AS $$ BEGIN
    RETURN EXISTS (SELECT FROM report r WHERE r.id = report AND r.obligation_id = obligation AND r.period_id = period);
END $$
"""


def upgrade() -> None:
    op.execute(FUNCTION.format(path=definer_path(op.get_bind())))
    op.execute("REVOKE ALL ON FUNCTION ranham_is_of_report(bigint, bigint, bigint) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION ranham_is_of_report(bigint, bigint, bigint) TO {APPLICATION_ROLE}")
    _check(f"{EVENT} AND ranham_is_of_report(report_id, obligation_id, period_id)")


def downgrade() -> None:
    _check(f"{EVENT} AND {BEFORE}")
    op.execute("DROP FUNCTION ranham_is_of_report(bigint, bigint, bigint)")


def _check(condition: str) -> None:
    op.execute(f"ALTER POLICY report_event_insert ON report_event WITH CHECK ({condition})")
