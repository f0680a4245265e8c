"""deliveries to addresses outside: claims, contents, attempts, addresses that failed; nothing is open to the application"""

import sqlalchemy as sa

from alembic import op

revision = "delivery"
down_revision = "20261124_one_look"
branch_labels = None
depends_on = None

STATES = (
    "created",
    "sending",
    "delivered_to_provider",
    "pending",
    "delivered",
    "temporary_failure",
    "permanent_failure",
    "technical_failure",
    "unknown",
    "cancelled",
)
OUTCOMES = ("accepted", "deferred", "refused", "unreachable", "misconfigured", "unknown", "unmade")


def upgrade() -> None:
    op.create_table(
        "delivery_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_claim")),
    )
    _delivery()
    op.create_table(
        "delivery_content",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("composed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("unsubscribe", sa.Text(), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_content_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_content")),
    )
    op.create_table(
        "delivery_attachment",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery_content.delivery_id"],
            name=op.f("fk_delivery_attachment_delivery_id_delivery_content"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_delivery_attachment")),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(*OUTCOMES, name="outcome", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_delivery_attempt")),
    )
    op.create_index("ix_delivery_attempt_ended", "delivery_attempt", ["ended_at", "provider"])
    op.create_table(
        "address_failure",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("bounce", "complaint", name="failure_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_address_failure")),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'sending') = (claim_id IS NOT NULL)", name=op.f("ck_delivery_claimed_while_sending")
        ),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_delivery_language")),
        sa.ForeignKeyConstraint(["claim_id"], ["delivery_claim.id"], name=op.f("fk_delivery_claim_id_delivery_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["channel", "next_attempt_at", "id"],
        postgresql_where=sa.text("state IN ('created', 'temporary_failure')"),
    )
    op.create_index("ix_delivery_claim", "delivery", ["claim_id"], postgresql_where=sa.text("claim_id IS NOT NULL"))
    op.create_index("ix_delivery_unknown", "delivery", ["state_at"], postgresql_where=sa.text("state = 'unknown'"))
    op.create_index(
        "ix_delivery_provider_ref",
        "delivery",
        ["provider_ref"],
        postgresql_where=sa.text("provider_ref IS NOT NULL"),
    )
    op.create_index("ix_delivery_address", "delivery", [sa.text("lower(address)")])
    op.create_index("ix_delivery_ref", "delivery", ["kind", "ref"])


def downgrade() -> None:
    for table in (
        "address_failure",
        "delivery_attempt",
        "delivery_attachment",
        "delivery_content",
        "delivery",
        "delivery_claim",
    ):
        op.drop_table(table)
