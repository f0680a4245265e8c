"""the ministry decides on extensions, and writes on the reports that are in time within them (decision 0006)"""

from alembic import op
from ranham.kernel.protection import ACTOR, READABLE_UNIT, SIGNED_IN, WRITABLE_UNIT, holds, protect, unprotect

revision = "20261124_deciding_rows"
down_revision = "20261124_verify_rows"
branch_labels = None
depends_on = None

MINISTRY = holds("ministry")
SENT = "EXISTS (SELECT FROM submission s WHERE s.id = submission_id{also})"
WRITE_SENT = SENT.format(also=f" AND s.{WRITABLE_UNIT}")
OWN_REPORT = f"{WRITABLE_UNIT} AND author = {ACTOR}"
ASKED = f"requested_by = {ACTOR} AND decided_at IS NULL"
READ_EXTENSION = f"{READABLE_UNIT} OR unit_id IS NULL AND {SIGNED_IN}"
# What was sent late is written on under the name of whoever approved; the ministry sends nothing else for a unit.
WRITTEN_ON = f"{MINISTRY} AND channel = 'extension' AND timeliness = 'extended' AND author = {ACTOR}"
OF_WRITTEN_ON = f"{MINISTRY} AND {SENT}".format(also=" AND s.channel = 'extension'")

WIDER = {
    "extension": protect(
        "extension",
        read=READ_EXTENSION,
        insert=f"({WRITABLE_UNIT} OR unit_id IS NULL AND {MINISTRY}) AND {ASKED}",
        update=MINISTRY,
        update_to=f"{MINISTRY} AND decided_by = {ACTOR}",
        update_columns=["approved", "decided_by", "decided_at", "remark"],
    ),
    "submission": protect(
        "submission",
        read=READABLE_UNIT,
        insert=f"{OWN_REPORT} OR {WRITTEN_ON}",
        update=f"{WRITABLE_UNIT} OR {MINISTRY} AND timeliness = 'late'",
        update_columns=["is_current"],
    ),
    "measure_answer": protect("measure_answer", read=SENT.format(also=""), insert=f"{WRITE_SENT} OR {OF_WRITTEN_ON}"),
    "answer_evidence": protect("answer_evidence", read=SENT.format(also=""), insert=f"{WRITE_SENT} OR {OF_WRITTEN_ON}"),
}
AS_BEFORE = {
    "extension": protect("extension", read=READ_EXTENSION, insert=f"{WRITABLE_UNIT} AND {ASKED}"),
    "submission": protect(
        "submission", read=READABLE_UNIT, insert=OWN_REPORT, update=WRITABLE_UNIT, update_columns=["is_current"]
    ),
    "measure_answer": protect("measure_answer", read=SENT.format(also=""), insert=WRITE_SENT),
    "answer_evidence": protect("answer_evidence", read=SENT.format(also=""), insert=WRITE_SENT),
}


def upgrade() -> None:
    _open_anew(WIDER)


def downgrade() -> None:
    _open_anew(AS_BEFORE)


def _open_anew(tables: dict[str, list[str]]) -> None:
    for table, statements in tables.items():
        for statement in (*unprotect(table), *statements):
            op.execute(statement)
