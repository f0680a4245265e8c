"""Reports that a verifier returned, and readings that are late."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.reminder.planning import Planned, plan
from tests.reminder.desk import SERANG, b08, contact, ledger, sends_everything, wib
from tests.verification.desk import fill, give_back, only, send, tasks


def test_a_return_starts_the_reminders_anew(session: Session) -> None:
    contact(session)
    sends_everything(session, SERANG)
    fill(session, wib("09-07"))
    task = tasks(session, now=wib("09-07"))[0]
    give_back(session, task.task_id, "verifier", now=wib("09-08", "10:00"))  # three days: until Sunday morning
    assert plan(session, b08(session), now=wib("09-08", "10:00")).sent >= 1
    (row,) = ledger(session, rung="returned", decision="send")
    assert (row.occasion, row.send_at) == ("return 2022-09-08", wib("09-08", "10:00"))
    before = len(ledger(session, rung="return_overdue"))
    plan(session, b08(session), now=wib("09-12", "09:00"))
    (late,) = ledger(session, rung="return_overdue", decision="send")
    assert (before, late.deadline) == (0, wib("09-11", "10:00"))


def test_the_revision_ends_the_reminders_of_a_return(session: Session) -> None:
    contact(session)
    send(session, SERANG)
    fill(session, wib("09-07"))
    give_back(session, only(session, now=wib("09-07")).task_id, "verifier", now=wib("09-08", "10:00"))
    send(session, SERANG)
    plan(session, b08(session), now=wib("09-12", "09:00"))
    assert ledger(session, rung="return_overdue") == []


def test_late_readings_are_brought_before_the_office_and_then_the_ministry(session: Session) -> None:
    office = contact(session, None, "verifier", office="kanwil-36")
    ministry = contact(session, None, "ministry")
    send(session, SERANG)
    fill(session, wib("09-07"))
    due = only(session, now=wib("09-07")).due_at
    assert ledger(session, None, rung="verification_late") == []
    plan(session, b08(session), now=due + timedelta(days=4))
    rows = ledger(session, None, rung="verification_late")
    assert [row.recipient for row in rows if row.decision == "send"] == [f"contact:{office}"]
    assert len(rows[0].unit_ids) == 1
    plan(session, b08(session), now=due + timedelta(days=6))
    told = ledger(session, None, rung="verification_late_ministry", decision="send")
    assert [row.recipient for row in told] == [f"contact:{ministry}"]


def test_days_of_late_readings_come_in_one_message_after_an_outage(session: Session) -> None:
    office = contact(session, None, "verifier", office="kanwil-36")
    send(session, SERANG)
    send(session, "36.73")
    fill(session, wib("09-07"))
    first, second = tasks(session, now=wib("09-07"))
    session.execute(
        text("UPDATE verification_task SET due_at = due_at + interval '1 day' WHERE id = :id"), {"id": second.task_id}
    )
    now = first.due_at + timedelta(days=7)  # a Monday
    plan(session, b08(session), now=now)
    rows = ledger(session, None, rung="verification_late", recipient=f"contact:{office}")
    assert sorted(row.decision for row in rows) == ["overtaken", "send"]
    assert [len(row.unit_ids) for row in rows if row.decision == "send"] == [2]
    assert plan(session, b08(session), now=now) == Planned()
