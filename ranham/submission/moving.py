"""How one transition is written: row, event, audit chain and message in one statement."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from ranham.audit import service as audit
from ranham.kernel.trips import straight
from ranham.submission.models import Report, ReportEvent
from ranham.submission.states import Event

_CHANGING = ("state", "score_bp", "version", "round", "reopened_at", "return_due_at", "changed_at")
_EVENT_COLUMNS = [column.key for column in ReportEvent.__table__.columns if column.key != "id"]

# Row, event and consequences at once: no report is seen moved without them, and a busy day asks less often. The chain is
# taken when row and event are there; a message has nothing to wait for, as its key is new with the event. The division fails
# where the database lets the row be locked and not be changed, which no policy does: then nothing is written.
_MOVE = """
WITH moved AS (UPDATE report SET {changing} WHERE id = :report_id RETURNING id),
happened AS (INSERT INTO report_event ({columns}) VALUES ({values}) RETURNING id),
chained AS (INSERT INTO audit_event (payload) SELECT :chained FROM happened CROSS JOIN moved){told}
SELECT 1 / count(*) FROM moved
"""
_TOLD = """,
told AS (INSERT INTO outbox_message (created_at, topic, key, payload)
         SELECT :at, 'report.' || :event, 'report-event-' || id, cast(:told AS jsonb) FROM happened)
"""
_MOVE_IN_SILENCE, _MOVE_AND_TELL = (
    text(
        _MOVE.format(
            changing=", ".join(f"{name} = :{name}" for name in _CHANGING),
            columns=", ".join(_EVENT_COLUMNS),
            values=", ".join(f":{name}" for name in _EVENT_COLUMNS),
            told=told,
        )
    )
    for told in ("", _TOLD)
)


def write_move(session: Session, report: Report, happened: ReportEvent, changed: Mapping[str, Any]) -> None:
    """The last write of a transaction, as it takes the audit chain."""
    # What the session still holds back is written before, not after.
    session.flush()
    values = {**{name: getattr(report, name) for name in _CHANGING}, **changed}
    columns = {name: getattr(happened, name) for name in _EVENT_COLUMNS}
    statement = _MOVE_IN_SILENCE if happened.event is Event.EDIT else _MOVE_AND_TELL
    straight(session, statement, values | columns | _consequences(happened))
    for name, value in changed.items():
        set_committed_value(report, name, value)


def _consequences(happened: ReportEvent) -> dict[str, str]:
    """A message for whoever waits for it, and the event in the chain."""
    said = {
        "report_id": happened.report_id,
        "unit_id": happened.unit_id,
        "period_id": happened.period_id,
        "event": happened.event.value,
        "from_state": happened.from_state.value,
        "to_state": happened.to_state.value,
    }
    chained = audit.payload_of(
        actor=happened.actor,
        kind=f"report.{happened.event}",
        subject="report",
        subject_id=happened.report_id,
        detail=said | {"submission_id": happened.submission_id, "reason_code": happened.reason_code},
        now=happened.at,
    )
    return {"told": json.dumps(said), "chained": chained}
