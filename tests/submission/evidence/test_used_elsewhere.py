"""Before a report is sent its operator is told where the same bytes were used before."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from ranham.submission.evidence.queries import Relation, Use, used_elsewhere
from ranham.submission.evidence.service import attach
from ranham.submission.models import Evidence, Submission
from tests.submission.evidence.desk import NOW, any_pdf, measure, period, report, send, unit, upload

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def content() -> bytes:
    return any_pdf()


@pytest.fixture
def mine(small_session: Session, content: bytes) -> Evidence:
    """A file beside the first measure of the unit's draft."""
    kept = upload(small_session, content).evidence
    attach(small_session, report(small_session).id, measure(small_session), kept.id, by="operator", now=NOW)
    return kept


def asked(session: Session, mine: Evidence) -> list[Use]:
    return used_elsewhere(session, [mine.sha256, "0" * 64], unit(session), period(session))


def test_file_beside_one_answer_is_used_nowhere_else(small_session: Session, mine: Evidence) -> None:
    assert asked(small_session, mine) == []


def test_other_unit_is_named_once_it_has_sent_its_report(
    small_session: Session, mine: Evidence, content: bytes
) -> None:
    theirs = upload(small_session, content, "papua").evidence
    other = report(small_session, "papua")
    attach(small_session, other.id, measure(small_session), theirs.id, by="operator", now=NOW)
    assert asked(small_session, mine) == []
    send(small_session, other, measure(small_session), theirs.id)
    (use,) = asked(small_session, mine)
    assert (use.relation, use.unit_code, use.unit_name) == (Relation.OTHER_UNIT, "91", "Papua")
    assert (use.period, use.action_code, use.measure_number, use.sent) == ("2022-B08", "D1", 1, True)


def test_other_period_is_named(small_session: Session, mine: Evidence) -> None:
    earlier = report(small_session, code="J08")
    send(small_session, earlier, measure(small_session, code="J08"), mine.id)
    assert [(use.relation, use.period, use.sent) for use in asked(small_session, mine)] == [
        (Relation.OTHER_PERIOD, "2022-J08", True)
    ]


def test_measures_of_one_period_are_all_named_when_they_share_a_file(small_session: Session, mine: Evidence) -> None:
    second = report(small_session, action="D2")
    attach(small_session, second.id, measure(small_session, 2, "D2"), mine.id, by="operator", now=NOW)
    uses = asked(small_session, mine)
    assert {use.relation for use in uses} == {Relation.OTHER_MEASURE}
    assert [(use.action_code, use.measure_number, use.sent) for use in uses] == [("D1", 1, False), ("D2", 2, False)]


def test_draft_and_the_answer_that_it_became_are_one_use(small_session: Session, mine: Evidence) -> None:
    send(small_session, report(small_session), measure(small_session), mine.id)
    assert asked(small_session, mine) == []


def test_revision_that_no_longer_counts_is_no_use(small_session: Session, mine: Evidence, content: bytes) -> None:
    theirs = upload(small_session, content, "papua").evidence
    replaced = send(small_session, report(small_session, "papua"), measure(small_session), theirs.id)
    small_session.execute(update(Submission).where(Submission.id == replaced.id).values(is_current=False))
    assert asked(small_session, mine) == []
