"""steps that take a closed period to a published release, and what was written of it; closed to the application"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "release_course"
down_revision = "office_digests"
branch_labels = None
depends_on = None

BEFORE = ("freeze", "open", "import", "roll_up", "close", "tick", "verify", "remind")
NEW = ("propose", "publish", "distribute", "annual_report")


def upgrade() -> None:
    _allow((*BEFORE, *NEW))
    op.create_table(
        "release_output",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('files', 'documents')", name=op.f("ck_release_output_kind")),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name=op.f("fk_release_output_release_id_release")),
        sa.PrimaryKeyConstraint("release_id", "kind", name=op.f("pk_release_output")),
    )
    for name, when in (
        ("release_output_fixed", "BEFORE UPDATE OR DELETE ON release_output FOR EACH ROW"),
        ("release_output_whole", "BEFORE TRUNCATE ON release_output FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_rewrite()")
        op.execute(f"ALTER TABLE release_output ENABLE ALWAYS TRIGGER {name}")


def downgrade() -> None:
    op.drop_table("release_output")
    # Records of runs of steps that the older engine does not know.
    op.execute("DELETE FROM cycle_run WHERE step IN ({})".format(", ".join(f"'{step}'" for step in NEW)))
    _allow(BEFORE)


def _allow(steps: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_cycle_run_step"), "cycle_run", type_="check")
    op.create_check_constraint("step", "cycle_run", "step IN ({})".format(", ".join(f"'{step}'" for step in steps)))
