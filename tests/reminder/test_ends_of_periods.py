"""A window that ends in the next year, and rungs that speak after the close."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.obligation import service as obligation
from ranham.plan import service as plans
from ranham.plan.policy import starting_ladder
from ranham.plan.queries import find_period, find_plan_year
from ranham.plan.schemas import PlanFile
from ranham.plan.source import plan_path, read_plan
from ranham.reminder.planning import plan
from tests.reminder.desk import ENTERED, SERANG, contact, ledger, wib


def _jakarta(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Asia/Jakarta"))


def test_the_reminders_of_a_window_go_on_into_the_next_year(session: Session) -> None:
    """2019-B12: from Saturday, 28 December 2019 to Saturday, 11 January 2020."""
    contact(session, valid_from=date(2019, 1, 1))
    period = find_period(session, "RANHAM-IV:2019-B12")
    sent = []
    for moment in (
        "2019-12-23T09:00", "2019-12-28T08:00", "2019-12-30T08:00", "2020-01-01T09:00", "2020-01-03T09:00",
        "2020-01-08T09:00", "2020-01-10T08:00", "2020-01-10T09:00", "2020-01-11T08:00", "2020-01-13T08:00",
    ):  # fmt: skip
        before = len(ledger(session, decision="send"))
        plan(session, period, now=_jakarta(moment))
        sent += [(moment[5:], row.rung, row.occasion) for row in ledger(session, decision="send")[before:]]
    assert sent == [
        ("12-23T09:00", "before_opening", "window"),  # the days before the 28th are holidays
        ("12-30T08:00", "opening", "window"),
        ("01-03T09:00", "t_minus_7", "deadline 2020-01-11"),
        ("01-08T09:00", "t_minus_3", "deadline 2020-01-11"),
        ("01-10T08:00", "last_day", "deadline 2020-01-11"),  # on Friday, before the rung of Friday, which it speaks for
        ("01-13T08:00", "overdue", "deadline 2020-01-11"),
    ]


def test_after_the_close_only_rungs_that_say_so_speak(session: Session) -> None:
    raw = read_plan(plan_path("ranham-v-2022")).model_dump(mode="json")
    raw["regulation"]["code"] = "RANHAM-W"
    ladder = starting_ladder().model_dump(mode="json")
    for rung in ladder["rungs"]:
        rung["after_close"] = rung["code"] == "overdue_ministry"
    raw["years"][0]["reminders"] = ladder
    plans.load_plan(session, PlanFile.model_validate(raw), now=ENTERED)
    obligation.freeze(session, find_plan_year(session, 2022, "RANHAM-W"), now=ENTERED)
    period = find_period(session, "RANHAM-W:2022-B08")
    contact(session)
    contact(session, None, "ministry")
    session.execute(
        text("INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:p, :o, :c)"),
        {"p": period.id, "o": wib("08-30"), "c": wib("09-10")},
    )
    plan(session, period, now=wib("09-12"))
    assert {row.rung for row in ledger(session, None)} == {"overdue_ministry"}
    (row,) = ledger(session, None, decision="send")
    assert len(row.unit_ids) == 570
    assert ledger(session, SERANG) == []
