"""the life-cycle of a report: state, events, drafts, evidence and extensions"""

import sqlalchemy as sa

from alembic import op

revision = "20261124_life_cycle"
down_revision = "20261124_submission_key"
branch_labels = None
depends_on = None

# What was sent or happened stays as it was.
FIXED = ("report_event", "answer_evidence")


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("letterhead", sa.Boolean(), nullable=True),
        sa.Column("signed", sa.Boolean(), nullable=True),
        sa.Column(
            "scan",
            sa.Enum("not_configured", "clean", name="scan", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_evidence_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_evidence_size")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_evidence_unit_id_reporting_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("unit_id", "sha256", name=op.f("uq_evidence_unit_id_sha256")),
    )
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"], unique=False)
    op.create_table(
        "extension",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name=op.f("ck_extension_decision")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_extension_decided_whole")),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_extension_four_eyes")),
        sa.CheckConstraint("length(btrim(reason)) > 0", name=op.f("ck_extension_justified")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_extension_period_id_period")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_extension_unit_id_reporting_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index("ix_extension_period_unit", "extension", ["period_id", "unit_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("obligation_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "not_started",
                "draft",
                "submitted",
                "under_verification",
                "returned",
                "resubmitted",
                "verified",
                "final",
                "reopened",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("return_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsent", sa.Boolean(), nullable=False),
        sa.Column("score_bp", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(score_bp IS NOT NULL) = (state IN ('verified', 'final'))", name=op.f("ck_report_scored_when_verified")
        ),
        sa.CheckConstraint("score_bp BETWEEN 0 AND 10000", name=op.f("ck_report_score")),
        sa.CheckConstraint("version >= 1 AND round >= 0", name=op.f("ck_report_counters")),
        sa.ForeignKeyConstraint(
            ["obligation_id", "unit_id", "action_id"],
            ["obligation.id", "obligation.unit_id", "obligation.action_id"],
            name=op.f("fk_report_obligation_id_unit_id_action_id_obligation"),
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_report_period_id_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("obligation_id", "period_id", name=op.f("uq_report_obligation_id_period_id")),
    )
    op.create_index("ix_report_period_state", "report", ["period_id", "state"], unique=False)
    op.create_index("ix_report_unit", "report", ["unit_id", "period_id"], unique=False)
    op.create_table(
        "draft_answer",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "achieved",
                "partly",
                "not_achieved",
                "nil",
                "not_applicable",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("value", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("opd", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_draft_answer_measure_id_measure")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_draft_answer_report_id_report")),
        sa.PrimaryKeyConstraint("report_id", "measure_id", name=op.f("pk_draft_answer")),
    )
    op.create_table(
        "report_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("obligation_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "event",
            sa.Enum(
                "edit",
                "submit",
                "take",
                "return",
                "verify",
                "finalize",
                "reopen",
                name="event",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "from_state",
            sa.Enum(
                "not_started",
                "draft",
                "submitted",
                "under_verification",
                "returned",
                "resubmitted",
                "verified",
                "final",
                "reopened",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "not_started",
                "draft",
                "submitted",
                "under_verification",
                "returned",
                "resubmitted",
                "verified",
                "final",
                "reopened",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("submission_id", sa.BigInteger(), nullable=True),
        sa.Column("score_bp", sa.BigInteger(), nullable=True),
        sa.Column("replaced_score_bp", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["obligation_id", "unit_id", "action_id"],
            ["obligation.id", "obligation.unit_id", "obligation.action_id"],
            name=op.f("fk_report_event_obligation_id_unit_id_action_id_obligation"),
        ),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_report_event_period_id_period")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_event_report_id_report")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_report_event_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_event")),
    )
    op.create_index("ix_report_event_period", "report_event", ["period_id", "id"], unique=False)
    op.create_index("ix_report_event_report", "report_event", ["report_id", "id"], unique=False)
    op.create_table(
        "answer_evidence",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_answer_evidence_evidence_id_evidence")),
        sa.ForeignKeyConstraint(
            ["submission_id", "measure_id"],
            ["measure_answer.submission_id", "measure_answer.measure_id"],
            name=op.f("fk_answer_evidence_submission_id_measure_id_measure_answer"),
        ),
        sa.PrimaryKeyConstraint("submission_id", "measure_id", "evidence_id", name=op.f("pk_answer_evidence")),
    )
    op.create_index("ix_answer_evidence_evidence", "answer_evidence", ["evidence_id"], unique=False)
    op.create_table(
        "draft_evidence",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_draft_evidence_evidence_id_evidence")),
        sa.ForeignKeyConstraint(
            ["report_id", "measure_id"],
            ["draft_answer.report_id", "draft_answer.measure_id"],
            name=op.f("fk_draft_evidence_report_id_measure_id_draft_answer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", "measure_id", "evidence_id", name=op.f("pk_draft_evidence")),
    )
    for table in FIXED:
        op.execute(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_rewrite()"
        )


def downgrade() -> None:
    for table in FIXED:
        op.execute(f"DROP TRIGGER {table}_fixed ON {table}")
    op.drop_table("draft_evidence")
    op.drop_index("ix_answer_evidence_evidence", table_name="answer_evidence")
    op.drop_table("answer_evidence")
    op.drop_index("ix_report_event_report", table_name="report_event")
    op.drop_index("ix_report_event_period", table_name="report_event")
    op.drop_table("report_event")
    op.drop_table("draft_answer")
    op.drop_index("ix_report_unit", table_name="report")
    op.drop_index("ix_report_period_state", table_name="report")
    op.drop_table("report")
    op.drop_index("ix_extension_period_unit", table_name="extension")
    op.drop_table("extension")
    op.drop_index("ix_evidence_sha256", table_name="evidence")
    op.drop_table("evidence")
