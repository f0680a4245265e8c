"""Evidence lies beside answers of its unit's drafts, and goes only while it is part of nothing."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict, NotFound
from ranham.submission.evidence.queries import of_unit
from ranham.submission.evidence.service import attach, detach, remove
from ranham.submission.evidence.store import configured
from ranham.submission.evidence.sweeping import UnitOfWork, sweep
from ranham.submission.models import DraftAnswer
from ranham.submission.reports import NotPossible
from ranham.submission.states import State
from tests.submission.evidence.desk import NOW, any_pdf, measure, period, report, send, unit, upload

pytestmark = pytest.mark.usefixtures("folder")
WHO = {"by": "operator", "now": NOW}


def test_file_is_laid_beside_an_answer_once_and_makes_a_draft(small_session: Session) -> None:
    mine, beside = report(small_session), measure(small_session)
    kept = upload(small_session, any_pdf()).evidence
    assert attach(small_session, mine.id, beside, kept.id, **WHO)
    assert not attach(small_session, mine.id, beside, kept.id, **WHO)
    assert (mine.state, mine.unsent) == (State.DRAFT, True)
    blank = small_session.get_one(DraftAnswer, (mine.id, beside))
    assert (blank.answer, blank.version, blank.written_by) == (None, 0, "operator")
    (listed,) = of_unit(small_session, mine.unit_id)
    assert (listed.drafts, listed.answers, listed.sha256) == (1, 0, kept.sha256)


def test_file_that_is_taken_away_from_an_answer_stays_the_units(small_session: Session) -> None:
    mine, beside = report(small_session), measure(small_session)
    kept = upload(small_session, any_pdf()).evidence
    attach(small_session, mine.id, beside, kept.id, **WHO)
    mine.unsent = False
    assert detach(small_session, mine.id, beside, kept.id, **WHO)
    assert mine.unsent
    assert not detach(small_session, mine.id, beside, kept.id, **WHO)
    assert [file.drafts for file in of_unit(small_session, mine.unit_id)] == [0]


def test_file_of_another_unit_is_not_found(small_session: Session) -> None:
    foreign = upload(small_session, any_pdf(), "papua").evidence
    with pytest.raises(NotFound, match="of the unit"):
        attach(small_session, report(small_session).id, measure(small_session), foreign.id, **WHO)


@pytest.mark.parametrize("other", [{"action": "D2"}, {"code": "J08"}])
def test_measure_has_to_be_the_reports(small_session: Session, other: dict[str, str]) -> None:
    kept = upload(small_session, any_pdf()).evidence
    with pytest.raises(NotFound, match="no measure"):
        attach(small_session, report(small_session).id, measure(small_session, **other), kept.id, **WHO)


def test_report_and_file_that_do_not_exist_are_not_found(small_session: Session) -> None:
    mine, beside = report(small_session), measure(small_session)
    with pytest.raises(NotFound, match="no report -1"):
        attach(small_session, -1, beside, 1, **WHO)
    with pytest.raises(NotFound, match="no evidence -1"):
        attach(small_session, mine.id, beside, -1, **WHO)
    with pytest.raises(NotFound, match="no evidence -1"):
        remove(small_session, -1, **WHO)


def test_report_that_is_being_verified_takes_and_gives_no_files(small_session: Session) -> None:
    mine, beside = report(small_session), measure(small_session)
    kept = upload(small_session, any_pdf()).evidence
    attach(small_session, mine.id, beside, kept.id, **WHO)
    mine.state = State.UNDER_VERIFICATION
    small_session.flush()
    for change in (attach, detach):
        with pytest.raises(NotPossible):
            change(small_session, mine.id, beside, kept.id, **WHO)


def test_closed_period_takes_no_files(small_session: Session) -> None:
    mine, beside = report(small_session), measure(small_session)
    kept = upload(small_session, any_pdf()).evidence
    closed = {"period": period(small_session), "at": datetime(2022, 12, 1, tzinfo=UTC)}
    small_session.execute(text("INSERT INTO period_state VALUES (:period, :at, :at)"), closed)
    with pytest.raises(NotPossible, match="closed"):
        attach(small_session, mine.id, beside, kept.id, **WHO)


def test_file_in_a_draft_goes_only_after_it_was_detached(small_session: Session) -> None:
    mine, beside = report(small_session), measure(small_session)
    kept = upload(small_session, any_pdf()).evidence
    attach(small_session, mine.id, beside, kept.id, **WHO)
    with pytest.raises(Conflict, match=f"draft of report {mine.id}; detach"):
        remove(small_session, kept.id, **WHO)
    detach(small_session, mine.id, beside, kept.id, **WHO)
    removed = remove(small_session, kept.id, **WHO)
    assert (removed.file_name, removed.by, removed.at) == ("notulen.pdf", "operator", NOW)
    assert of_unit(small_session, mine.unit_id) == []


def test_file_of_a_report_that_was_sent_stays(small_session: Session) -> None:
    kept = upload(small_session, any_pdf()).evidence
    send(small_session, report(small_session), measure(small_session), kept.id)
    with pytest.raises(Conflict, match="was sent, so it stays"):
        remove(small_session, kept.id, **WHO)


def test_bytes_go_with_the_sweep_after_the_last_unit_removed_its_file(unit_of_work: UnitOfWork) -> None:
    content = any_pdf()
    with unit_of_work() as session:
        ids = [upload(session, content, key).evidence.id for key in ("dki", "papua")]
    remaining = []
    for evidence_id in ids:
        with unit_of_work() as session:
            remove(session, evidence_id, **WHO)
        sweep(unit_of_work, now=NOW)
        remaining.append(len(list(configured().keys())))
    assert remaining == [1, 0]


def test_removal_that_is_rolled_back_keeps_file_and_bytes(unit_of_work: UnitOfWork) -> None:
    with unit_of_work() as session:
        kept = upload(session, any_pdf()).evidence
    with unit_of_work() as session:
        remove(session, kept.id, **WHO)
        session.rollback()
    assert sweep(unit_of_work, now=NOW).objects == 0
    with unit_of_work() as session:
        assert [file.id for file in of_unit(session, unit(session))] == [kept.id]
