"""work of the verifiers: tasks, decisions with their marks, conflicts of interest"""

import sqlalchemy as sa

from alembic import op

revision = "20261124_verification"
down_revision = "20261124_row_level"
branch_labels = None
depends_on = None

# What was decided stays as it was.
FIXED = ("verification_decision", "aspect_score")
REASONS = (
    "no_signature",
    "no_letterhead",
    "no_stamp",
    "unreadable",
    "wrong_period",
    "off_measure",
    "arithmetic",
    "incomplete",
    "duplicate",
    "other",
)


def upgrade() -> None:
    op.create_table(
        "verifier_interest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("whole_province", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reporting_unit.id"], name=op.f("fk_verifier_interest_unit_id_reporting_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifier_interest")),
        sa.UniqueConstraint(
            "verifier", "unit_id", "whole_province", name=op.f("uq_verifier_interest_verifier_unit_id_whole_province")
        ),
    )
    op.create_table(
        "verification_task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("province_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum("pre_check", "central", name="tier", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("second_reading", sa.Boolean(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=True),
        sa.Column("submission_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT second_reading OR submission_id IS NOT NULL", name=op.f("ck_verification_task_second_of_a_revision")
        ),
        sa.CheckConstraint("round >= 1", name=op.f("ck_verification_task_round")),
        sa.CheckConstraint(
            "taken_at IS NULL OR (verifier IS NOT NULL AND submission_id IS NOT NULL)",
            name=op.f("ck_verification_task_taken_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["verifying_office.id"], name=op.f("fk_verification_task_office_id_verifying_office")
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_verification_task_period_id_period")),
        sa.ForeignKeyConstraint(
            ["province_id"], ["reporting_unit.id"], name=op.f("fk_verification_task_province_id_reporting_unit")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_verification_task_report_id_report")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_verification_task_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_task")),
        sa.UniqueConstraint(
            "report_id",
            "tier",
            "round",
            "second_reading",
            name=op.f("uq_verification_task_report_id_tier_round_second_reading"),
        ),
    )
    op.create_index(
        "ix_verification_task_open",
        "verification_task",
        ["period_id", "office_id", "due_at", "id"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_index("ix_verification_task_period", "verification_task", ["period_id", "due_at", "id"], unique=False)
    op.create_table(
        "verification_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "accept", "return", "pass_on", name="verdict", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "reason_code",
            sa.Enum(*REASONS, name="reason_code", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("new_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score_bp", sa.BigInteger(), nullable=True),
        sa.Column("in_batch", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(score_bp IS NOT NULL) = (verdict = 'accept')", name=op.f("ck_verification_decision_scored_when_accepted")
        ),
        sa.CheckConstraint(
            "new_deadline IS NULL OR verdict = 'return'", name=op.f("ck_verification_decision_deadline")
        ),
        sa.CheckConstraint(
            "reason_code <> 'other' OR coalesce(length(btrim(remark)), 0) > 0",
            name=op.f("ck_verification_decision_other_said"),
        ),
        sa.CheckConstraint("score_bp BETWEEN 0 AND 10000", name=op.f("ck_verification_decision_score")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_verification_decision_submission_id_submission")
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["verification_task.id"], name=op.f("fk_verification_decision_task_id_verification_task")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_decision")),
        sa.UniqueConstraint("task_id", name=op.f("uq_verification_decision_task_id")),
    )
    op.create_index("ix_verification_decision_submission", "verification_decision", ["submission_id"], unique=False)
    op.create_table(
        "aspect_score",
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "aspect",
            sa.Enum(
                "administrative", "substantive", name="aspect", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "mark",
            sa.Enum(
                "fulfilled",
                "partly",
                "not_fulfilled",
                name="mark",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason_code",
            sa.Enum(*REASONS, name="reason_code", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint("mark = 'fulfilled' OR reason_code IS NOT NULL", name=op.f("ck_aspect_score_reason")),
        sa.CheckConstraint(
            "reason_code <> 'other' OR coalesce(length(btrim(remark)), 0) > 0", name=op.f("ck_aspect_score_other_said")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["verification_decision.id"],
            name=op.f("fk_aspect_score_decision_id_verification_decision"),
        ),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_aspect_score_measure_id_measure")),
        sa.PrimaryKeyConstraint("decision_id", "measure_id", "aspect", name=op.f("pk_aspect_score")),
    )
    for table in FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )


def downgrade() -> None:
    for table in FIXED:
        op.execute(f"DROP TRIGGER {table}_fixed ON {table}")
    op.drop_table("aspect_score")
    op.drop_index("ix_verification_decision_submission", table_name="verification_decision")
    op.drop_table("verification_decision")
    op.drop_index("ix_verification_task_period", table_name="verification_task")
    op.drop_index("ix_verification_task_open", table_name="verification_task", postgresql_where="done_at IS NULL")
    op.drop_table("verification_task")
    op.drop_table("verifier_interest")
