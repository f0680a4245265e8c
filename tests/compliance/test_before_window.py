"""A period counts once its window has begun: before, everybody's zero would only lower the annual score."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance import service
from ranham.compliance.annual import annual_scores
from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.queries import find_period
from tests.compliance.reports import obligation_ids, report

NOW = datetime(2022, 9, 10, tzinfo=UTC)


def test_a_period_is_not_counted_before_its_window(session: Session) -> None:
    coming = find_period(session, "2022-B12")
    opens_at = coming.opens_at()
    assert opens_at is not None
    with pytest.raises(Conflict, match=f"the window of 2022-B12 opens on {coming.opens_on}"):
        service.roll_up(session, coming, now=opens_at - timedelta(seconds=1))
    assert service.roll_up(session, coming, now=opens_at).mode == "full"


def test_a_period_without_an_announced_window_is_not_counted(session: Session) -> None:
    with pytest.raises(Conflict, match="2022-B04 has no announced window"):
        service.roll_up(session, find_period(session, "2022-B04"), now=NOW)


def test_the_annual_score_takes_no_period_that_was_counted_before_its_window(session: Session) -> None:
    """Such counts may have been kept by an engine that took them."""
    period, coming = find_period(session, "2022-B08"), find_period(session, "2022-B12")
    for each in obligation_ids(session, period.plan_year_id):
        report(session, each, period.id)
    service.roll_up(session, period, now=NOW)
    service.roll_up(session, coming, now=NOW + timedelta(days=365))
    early = "UPDATE rollup SET computed_at = :now WHERE period_id = :period"
    session.execute(text(early), {"now": NOW, "period": coming.id})
    assert {(row.score, row.periods) for row in annual_scores(session, period.plan_year_id)} == {(Decimal(100), 1)}
    session.execute(text(early), {"now": NOW + timedelta(days=365), "period": coming.id})
    assert {(row.score, row.periods) for row in annual_scores(session, period.plan_year_id)} == {(Decimal(50), 2)}


def test_without_a_period_that_has_begun_there_is_no_annual_score(session: Session) -> None:
    with pytest.raises(NotFound, match="no period of 2022 has been rolled up since its window opened"):
        annual_scores(session, find_period(session, "2022-B08").plan_year_id)
