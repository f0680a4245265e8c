"""Factory of submissions: writes reports straight into the tables, as the import would."""

from datetime import UTC, datetime

from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from ranham.obligation.models import Obligation
from ranham.submission.models import Submission, Timeliness


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
    revision = session.scalar(
        text("SELECT coalesce(max(revision), 0) + 1 FROM submission WHERE obligation_id = :o AND period_id = :p"),
        {"o": obligation_id, "p": period_id},
    )
    session.execute(update(Submission).where(*key, Submission.is_current).values(is_current=False))
    moment = datetime(2022, 9, 5, tzinfo=UTC)
    session.execute(
        insert(Submission),
        [
            {
                "obligation_id": obligation_id,
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
            }
        ],
    )
