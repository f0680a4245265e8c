"""How well a cycle was served, counted from what happened."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ranham.compliance.service import roll_up
from ranham.compliance.warning.backlog import backlog
from ranham.release.service_report import ServiceFigure, service_report
from ranham.submission import extensions
from tests.verification import desk


def figure(session: Session, name: str, *, days: int = 0) -> ServiceFigure:
    report = service_report(session, desk.b08(session), as_of=desk.NOW + timedelta(days=days))
    return next(each for each in report.figures if each.figure == name)


def test_without_reports_there_are_no_days_and_without_reminders_no_share(session: Session) -> None:
    assert figure(session, "verification_days_median").value is None
    assert figure(session, "reports_returned") == ServiceFigure(
        "reports_returned", Decimal(0), "reports", 0, "reports with a life-cycle"
    )
    assert figure(session, "rollup_behind").value is None
    assert figure(session, "reminders_delivered") == ServiceFigure(
        "reminders_delivered", None, "percent", None, "no reminder was decided to be sent"
    )


def test_returns_are_counted_by_report_and_by_round(session: Session) -> None:
    for number in range(2):
        desk.send(session, desk.SERANG, number)
    desk.fill(session)
    first = desk.tasks(session)[0]
    desk.give_back(session, first.task_id, "vera")
    assert (figure(session, "reports_returned").value, figure(session, "reports_returned").basis) == (1, 2)
    assert figure(session, "return_rounds").value == 1
    assert figure(session, "return_rounds_most").value == 1


def test_the_rollup_is_behind_by_the_oldest_news_that_it_does_not_count(session: Session) -> None:
    desk.send(session, desk.SERANG)
    roll_up(session, desk.b08(session), now=desk.NOW)
    assert (figure(session, "rollup_behind", days=9).value, figure(session, "rollup_behind", days=9).basis) == (0, 0)
    desk.send(session, desk.KOTA_SERANG)
    behind = figure(session, "rollup_behind", days=9)
    assert behind.basis == 1
    assert behind.value is not None
    assert behind.value > 9 * 24


def test_days_to_verify_run_from_the_first_arrival_to_the_last_tier(session: Session) -> None:
    desk.send(session, desk.KL)
    desk.fill(session)
    task = desk.tasks(session)[0]
    desk.accept(session, task.task_id, "vera")
    found = figure(session, "verification_days_median", days=1)
    # From 5 September 00:00, when it came, to 8 September 03:00.
    assert (found.value, found.basis) == (Decimal("3.13"), 1)


def test_a_desk_that_finishes_nothing_is_too_slow_and_one_with_pace_is_not(session: Session) -> None:
    for number in range(2):
        desk.send(session, desk.SERANG, number)
    desk.fill(session)
    row = backlog(session, desk.b08(session), now=desk.NOW)[0]
    assert (row.open, row.days_needed, row.too_slow) == (2, None, True)
    desk.accept(session, desk.tasks(session)[0].task_id, "vera")
    rows = backlog(session, desk.b08(session), now=desk.NOW + timedelta(seconds=1))
    first = next(each for each in rows if (each.office, each.tier) == (row.office, row.tier))
    assert (first.open, first.done_lately, first.days_needed) == (1, 1, 7)
    late = backlog(session, desk.b08(session), now=first.last_due_at)
    assert all(each.too_slow for each in late if each.office == row.office)


def test_extensions_are_counted_apart_from_amnesties(session: Session) -> None:
    period, unit = desk.b08(session), desk.unit_id(session, desk.SERANG)
    for unit_id, approve in ((unit, False), (unit, True), (None, True)):
        asked = extensions.request(
            session,
            period,
            unit_id=unit_id,
            until=desk.NOW + timedelta(days=2),
            reason="banjir",
            by="operator",
            now=desk.NOW,
            cap=timedelta(days=14),
        )
        extensions.decide(session, asked.id, approve=approve, by="ministry", now=desk.NOW)
    assert (figure(session, "extensions_approved").value, figure(session, "extensions_approved").basis) == (1, 2)
    assert (figure(session, "amnesties").value, figure(session, "amnesties").basis) == (1, 1)
