"""Factory of submissions: writes reports straight into the tables, as the import would."""

import contextlib
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ranham.obligation.models import Obligation
from ranham.submission import reports
from ranham.submission.models import Submission, Timeliness
from ranham.submission.reports import Cause, NotPossible
from ranham.submission.states import Event

MOMENT = datetime(2022, 9, 8, tzinfo=UTC)


def obligation_ids(session: Session, plan_year_id: int) -> list[int]:
    return list(
        session.scalars(select(Obligation.id).where(Obligation.plan_year_id == plan_year_id).order_by(Obligation.id))
    )


def report(
    session: Session,
    obligation_id: int,
    period_id: int,
    *,
    timeliness: Timeliness = Timeliness.ON_TIME,
    complete: bool = True,
    achieved: bool = True,
) -> None:
    """One more revision of a report."""
    key = (Submission.obligation_id == obligation_id, Submission.period_id == period_id)
    previous = session.scalars(select(Submission).where(*key, Submission.is_current)).one_or_none()
    revision = 1 if previous is None else previous.revision + 1
    obligation = session.get_one(Obligation, obligation_id)
    if previous is not None:
        session.expunge(previous)
    session.execute(update(Submission).where(*key, Submission.is_current).values(is_current=False))
    moment = datetime(2022, 9, 5, tzinfo=UTC)
    session.execute(
        insert(Submission),
        [
            {
                "obligation_id": obligation_id,
                "unit_id": obligation.unit_id,
                "action_id": obligation.action_id,
                "period_id": period_id,
                "revision": revision,
                "is_current": True,
                "submitted_at": moment,
                "submitted_offset_minutes": 420,
                "received_at": moment,
                "channel": "test",
                "author": "test",
                "digest": f"{obligation_id}-{revision}",
                "timeliness": timeliness,
                "complete": complete,
                "achieved": achieved,
                "not_applicable": False,
                "simulated": True,
                "replaced_timeliness": previous and previous.timeliness,
                "replaced_complete": previous and previous.complete,
                "replaced_achieved": previous and previous.achieved,
            }
        ],
    )


def verify(session: Session, obligation_id: int, period_id: int, *, score_bp: int) -> None:
    """Verify a report that is there to be verified; any other stays as it is."""
    found = reports.lock_report(session, obligation_id, period_id, now=MOMENT)
    cause = Cause("verifier", MOMENT)
    try:
        reports.move(session, found, Event.TAKE, cause)
    except NotPossible:
        return
    reports.move(session, found, Event.VERIFY, cause, score_bp=score_bp)


def reopen(session: Session, obligation_id: int, period_id: int) -> None:
    """Reopen a verified report; any other stays as it is."""
    with contextlib.suppress(NotPossible):
        reports.reopen(session, obligation_id, period_id, Cause("ministry", MOMENT, "mistake", "tried"))
