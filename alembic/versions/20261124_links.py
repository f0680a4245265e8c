"""links to a contact and calendars that work without signing in"""

import sqlalchemy as sa

from alembic import op

revision = "reminder_links"
down_revision = "remind_step"
branch_labels = None
depends_on = None

PURPOSES = ("contact", "unsubscribe")
OUTCOMES = ("confirmed", "corrected", "unsubscribed")


def upgrade() -> None:
    op.create_table(
        "contact_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reminder_id", sa.BigInteger()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_link")),
        sa.UniqueConstraint("hash", name=op.f("uq_contact_link_hash")),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminder.id"], name=op.f("fk_contact_link_reminder_id_reminder")),
        sa.CheckConstraint(f"purpose IN {PURPOSES}", name=op.f("ck_contact_link_purpose")),
        sa.CheckConstraint(f"outcome IN {OUTCOMES}", name=op.f("ck_contact_link_outcome")),
        sa.CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_contact_link_hash")),
        sa.CheckConstraint("(used_at IS NULL) = (outcome IS NULL)", name=op.f("ck_contact_link_used")),
        sa.CheckConstraint("recipient ~ '^(person|contact):[0-9]+$'", name=op.f("ck_contact_link_recipient")),
    )
    op.create_index("ix_contact_link_expires_at", "contact_link", ["expires_at"])
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger()),
        sa.Column("office_id", sa.BigInteger()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("hash", name=op.f("uq_calendar_feed_hash")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["reporting_unit.id"], name=op.f("fk_calendar_feed_unit_id_reporting_unit")
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["verifying_office.id"], name=op.f("fk_calendar_feed_office_id_verifying_office")
        ),
        sa.CheckConstraint("unit_id IS NULL OR office_id IS NULL", name=op.f("ck_calendar_feed_one_place")),
        sa.CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_calendar_feed_hash")),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_calendar_feed_language")),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name=op.f("ck_calendar_feed_revoked")),
    )


def downgrade() -> None:
    op.drop_table("calendar_feed")
    op.drop_table("contact_link")
