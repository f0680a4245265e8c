"""a report carries unit, action and what it replaces, so that news are counted without looking anything up"""

import sqlalchemy as sa

from alembic import op

revision = "20261124_submission_key"
down_revision = "20261124_no_overlap_no_rewrite"
branch_labels = None
depends_on = None

TIMELINESS = ("on_time", "extended", "late")
REPLACED = ("replaced_timeliness", "replaced_complete", "replaced_achieved")
BACKFILL = """
UPDATE submission s SET unit_id = o.unit_id, action_id = o.action_id, replaced_timeliness = b.timeliness,
       replaced_complete = b.complete, replaced_achieved = b.achieved
FROM obligation o, submission own
LEFT JOIN submission b ON b.obligation_id = own.obligation_id AND b.period_id = own.period_id
     AND b.revision = own.revision - 1
WHERE own.id = s.id AND o.id = s.obligation_id
"""


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("uq_obligation_id_unit_id_action_id"), "obligation", ["id", "unit_id", "action_id"]
    )
    op.add_column("submission", sa.Column("unit_id", sa.BigInteger(), nullable=True))
    op.add_column("submission", sa.Column("action_id", sa.BigInteger(), nullable=True))
    kind = sa.Enum(*TIMELINESS, name="replaced_timeliness", native_enum=False, create_constraint=False, length=32)
    op.add_column("submission", sa.Column("replaced_timeliness", kind, nullable=True))
    op.add_column("submission", sa.Column("replaced_complete", sa.Boolean(), nullable=True))
    op.add_column("submission", sa.Column("replaced_achieved", sa.Boolean(), nullable=True))
    # Nothing that a report says changes, so its guard may sleep while the new columns are filled.
    op.execute("ALTER TABLE submission DISABLE TRIGGER submission_fixed")
    op.execute(BACKFILL)
    op.execute("ALTER TABLE submission ENABLE TRIGGER submission_fixed")
    op.alter_column("submission", "unit_id", nullable=False)
    op.alter_column("submission", "action_id", nullable=False)
    op.create_check_constraint(
        "replaced_timeliness", "submission", "replaced_timeliness IN ('on_time', 'extended', 'late')"
    )
    op.create_check_constraint(
        "replaced",
        "submission",
        " AND ".join(f"(revision = 1) = ({column} IS NULL)" for column in REPLACED),
    )
    op.drop_constraint(op.f("fk_submission_obligation_id_obligation"), "submission", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_submission_obligation_id_unit_id_action_id_obligation"),
        "submission",
        "obligation",
        ["obligation_id", "unit_id", "action_id"],
        ["id", "unit_id", "action_id"],
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("fk_submission_obligation_id_unit_id_action_id_obligation"), "submission", type_="foreignkey"
    )
    op.create_foreign_key(
        op.f("fk_submission_obligation_id_obligation"), "submission", "obligation", ["obligation_id"], ["id"]
    )
    op.drop_constraint(op.f("ck_submission_replaced"), "submission", type_="check")
    op.drop_constraint(op.f("ck_submission_replaced_timeliness"), "submission", type_="check")
    for column in (*reversed(REPLACED), "action_id", "unit_id"):
        op.drop_column("submission", column)
    op.drop_constraint(op.f("uq_obligation_id_unit_id_action_id"), "obligation", type_="unique")
