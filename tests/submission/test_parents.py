"""A report names a period and a file that exist, though no key of its own says so."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from tests.submission.desk import begun, fill, send

AGAIN = """
INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
    submitted_offset_minutes, received_at, channel, author, batch_id, digest, timeliness, complete, achieved,
    not_applicable, simulated)
SELECT obligation_id, unit_id, action_id, {period}, 1, false, submitted_at, 420, received_at, channel, author, {batch}, digest,
    timeliness, complete, achieved, not_applicable, simulated
FROM submission
"""


@pytest.mark.parametrize(("period", "batch"), [("-1", "NULL"), ("period_id + 1", "-1")])
def test_a_report_of_no_period_or_file_is_refused(
    small_session: Session, b08: PeriodInfo, period: str, batch: str
) -> None:
    fill(small_session, b08, begun(small_session, b08))
    send(small_session, b08)
    with pytest.raises(IntegrityError, match="no such period or import batch"):
        small_session.execute(text(AGAIN.format(period=period, batch=batch)))
