"""whom to write to, and the ledger of reminders"""

import sqlalchemy as sa

from alembic import op

revision = "reminder"
down_revision = "delivery"
branch_labels = None
depends_on = None

FUNCTIONS = ("operator", "head_of_office", "legal_bureau", "regional_office", "ministry", "verifier")
DECISIONS = ("send", "overtaken", "skipped", "nobody")

# The ledger says what was decided: of its rows only the message is told later, once.
KEEP = """
CREATE FUNCTION keep_reminder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of reminders is kept as it is' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
FIXED = (
    "id, period_id, rung, occasion, unit_id, office_id, recipient, function, channel, address, name, language, courtesy, "
    "due_at, send_at, decision, because, unit_ids, deadline, planned_at"
)
KEPT = f"""
CREATE TRIGGER keep_reminder BEFORE DELETE OR UPDATE OF {FIXED} ON reminder
    FOR EACH ROW EXECUTE FUNCTION keep_reminder();
CREATE TRIGGER keep_reminder_delivery BEFORE UPDATE OF delivery_id ON reminder
    FOR EACH ROW WHEN (OLD.delivery_id IS NOT NULL) EXECUTE FUNCTION keep_reminder()
"""
# An address is history once it was written to: it ends, and another row takes over.
KEEP_ADDRESS = """
CREATE FUNCTION keep_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{valid_to,confirmed_at,unsubscribed_at}'::text[]
                          = to_jsonb(OLD) - '{valid_to,confirmed_at,unsubscribed_at}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a contact is corrected by ending it and adding another'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    _contact()
    _reminder()
    for statement in (KEEP, KEPT, KEEP_ADDRESS):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER keep_contact BEFORE UPDATE OR DELETE ON contact FOR EACH ROW EXECUTE FUNCTION keep_contact()"
    )
    for function in ("keep_reminder", "keep_contact"):
        op.execute(f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC")


def downgrade() -> None:
    for table, function in (("reminder", "keep_reminder"), ("contact", "keep_contact")):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION {function}()")


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("function", _one_of("function", FUNCTIONS), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("courtesy", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("unit_id IS NULL OR office_id IS NULL", name=op.f("ck_contact_one_place")),
        sa.CheckConstraint(
            "(function IN ('operator', 'head_of_office', 'legal_bureau')) = (unit_id IS NOT NULL)",
            name=op.f("ck_contact_unit"),
        ),
        sa.CheckConstraint(
            "(function = 'regional_office') <= (office_id IS NOT NULL)", name=op.f("ck_contact_regional_office")
        ),
        sa.CheckConstraint(
            "office_id IS NULL OR function IN ('regional_office', 'verifier')", name=op.f("ck_contact_office")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_contact_span")),
        sa.CheckConstraint("language IN ('id', 'en')", name=op.f("ck_contact_language")),
        sa.CheckConstraint("length(btrim(address)) > 0 AND length(btrim(name)) > 0", name=op.f("ck_contact_said")),
        sa.CheckConstraint("unsubscribed_at IS NULL OR courtesy", name=op.f("ck_contact_unsubscribed")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_contact_unit_id_reporting_unit")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["verifying_office.id"], name=op.f("fk_contact_office_id_verifying_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_unit_id", "contact", ["unit_id"])
    op.create_index("ix_contact_office_id", "contact", ["office_id"])


def _reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("rung", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("office_id", sa.BigInteger(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("function", _one_of("function", FUNCTIONS), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("courtesy", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", _one_of("decision", DECISIONS), nullable=False),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("unit_ids", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("unit_id IS NULL OR office_id IS NULL", name=op.f("ck_reminder_one_place")),
        sa.CheckConstraint("(decision = 'nobody') <= (recipient = 'nobody')", name=op.f("ck_reminder_nobody")),
        sa.CheckConstraint(
            "decision <> 'send' OR (address IS NOT NULL AND channel IS NOT NULL)", name=op.f("ck_reminder_sendable")
        ),
        sa.CheckConstraint("decision = 'send' OR delivery_id IS NULL", name=op.f("ck_reminder_delivery")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_reminder_period_id_period")),
        sa.ForeignKeyConstraint(["unit_id"], ["reporting_unit.id"], name=op.f("fk_reminder_unit_id_reporting_unit")),
        sa.ForeignKeyConstraint(
            ["office_id"], ["verifying_office.id"], name=op.f("fk_reminder_office_id_verifying_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "period_id",
            "rung",
            "occasion",
            "unit_id",
            "office_id",
            "recipient",
            name="uq_reminder_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_reminder_unit_id", "reminder", ["unit_id", "period_id"])
    op.create_index(
        "ix_reminder_nobody",
        "reminder",
        ["period_id", "rung", "occasion"],
        postgresql_where="decision = 'nobody'",
    )


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
