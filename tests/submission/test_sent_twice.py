"""A whole report that is sent again within one transaction, by a caller who still holds the first one's row."""

from decimal import Decimal

from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts
from ranham.submission.facts import AnswerInput
from ranham.submission.locating import locate
from ranham.submission.models import Answer
from ranham.submission.receiving import Receipt
from ranham.submission.reports import lock_report
from tests.submission import desk


def arrive(session: Session, period: PeriodInfo, value: int) -> Receipt:
    place = locate(session, "RANHAM-T:2022-B08", desk.obligation(session), today=desk.IN_WINDOW.date())
    answers = [
        AnswerInput(desk.measure(session, period, 1), Answer.NIL, None, "tidak ada"),
        AnswerInput(desk.measure(session, period, 2), Answer.ACHIEVED, Decimal(value)),
    ]
    return drafts.receive_whole(session, place, answers, desk.operator(), sender=desk.SENDER)


def test_the_same_report_twice_in_one_transaction_is_one(small_session: Session, b08: PeriodInfo) -> None:
    held = lock_report(small_session, desk.obligation(small_session), b08.id, now=desk.IN_WINDOW)
    first = arrive(small_session, b08, 5)
    again = arrive(small_session, b08, 5)
    assert (again.submission_id, again.unchanged) == (first.submission_id, True)
    assert (held.state, held.version) == (again.state, again.version)


def test_another_report_in_the_same_transaction_is_the_next_revision(small_session: Session, b08: PeriodInfo) -> None:
    held = desk.begun(small_session, b08)
    assert arrive(small_session, b08, 5).revision == 1
    held.unsent = True  # not written yet when the next one arrives
    assert arrive(small_session, b08, 6).revision == 2
    assert not held.unsent
