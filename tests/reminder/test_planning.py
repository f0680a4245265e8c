"""What planning writes on the national database, through 2022-B08: 30 August to 6 September, Jakarta time."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.reminder import contacts
from ranham.reminder.planning import Planned, anything_due, plan, preview
from ranham.submission import extensions
from tests.reminder.desk import (
    BANTEN,
    ENTERED,
    JAYAPURA,
    KL,
    SERANG,
    announced,
    b08,
    contact,
    ledger,
    said,
    sends_everything,
    wib,
)
from tests.verification.desk import unit_id


def _plan(session: Session, now: Any) -> Planned:
    return plan(session, b08(session), now=now)


def test_a_rung_is_written_once_with_its_delivery(session: Session) -> None:
    person = contact(session)
    assert not anything_due(session, b08(session), now=wib("08-24"))
    assert anything_due(session, b08(session), now=wib("09-02"))
    first, again = _plan(session, wib("09-02")), _plan(session, wib("09-02", "09:05"))
    assert first.sent == 2  # the window is open, and three days are left
    assert again == Planned()
    assert not anything_due(session, b08(session), now=wib("09-02", "09:05"))
    (row,) = ledger(session, rung="t_minus_3")
    assert (row.decision, row.recipient, row.occasion) == ("send", f"contact:{person}", "deadline 2022-09-06")
    delivery = session.execute(text("SELECT * FROM delivery WHERE id = :id"), {"id": row.delivery_id}).one()
    assert (delivery.key, delivery.ref, delivery.address) == (f"reminder:{row.id}", row.id, row.address)
    assert delivery.expires_at == row.deadline


def test_a_rung_on_a_sunday_goes_on_friday(session: Session) -> None:
    contact(session)
    # The third of September 2022 is a Saturday: three days before the deadline.
    assert _plan(session, wib("09-02", "08:59")).rows > 0
    assert "t_minus_3" not in {row.rung for row in ledger(session)}
    _plan(session, wib("09-02", "09:00"))
    (row,) = ledger(session, rung="t_minus_3")
    assert (row.due_at, row.send_at) == (wib("09-03"), wib("09-02"))


def test_nobody_is_reminded_who_has_sent_everything(session: Session) -> None:
    contact(session)
    contact(session, BANTEN)
    sends_everything(session, SERANG)
    _plan(session, wib("09-06"))
    assert ledger(session, decision="send") == []
    assert [row.rung for row in ledger(session, BANTEN, decision="send")] == ["opening", "last_day"]


def test_an_outage_costs_one_message_and_the_ledger_says_what_it_spoke_for(session: Session) -> None:
    contact(session)
    _plan(session, wib("09-06", "08:10"))
    rungs = [row for row in said(ledger(session)) if row[0].startswith(("t_minus", "last"))]
    assert rungs == [
        ("t_minus_7", "contact", "overtaken"),
        ("t_minus_3", "contact", "overtaken"),
        ("t_minus_1", "contact", "overtaken"),
        ("last_day", "contact", "send"),
    ]
    assert {row.because for row in ledger(session, decision="overtaken", occasion="deadline 2022-09-06")} == {
        "overtaken by last_day"
    }


def test_nothing_about_a_deadline_is_sent_after_it(session: Session) -> None:
    contact(session)
    _plan(session, wib("09-07", "07:00"))
    assert {row.decision for row in ledger(session, occasion="deadline 2022-09-06")} == {"skipped"}
    assert session.scalar(text("SELECT count(*) FROM delivery")) == 0
    _plan(session, wib("09-07"))
    assert [(row.rung, row.decision) for row in ledger(session) if row.rung == "overdue"] == [("overdue", "send")]


def test_on_a_weekend_a_missed_rung_waits_for_monday(session: Session) -> None:
    contact(session)
    assert _plan(session, wib("09-03", "10:00")).sent == 0
    assert ledger(session, rung="t_minus_3") == []
    _plan(session, wib("09-05", "08:00"))
    (row,) = ledger(session, rung="t_minus_3")
    assert (row.decision, row.send_at) == ("send", wib("09-05", "08:00"))


def test_what_waits_for_working_hours_is_one_message_when_they_begin(session: Session) -> None:
    contact(session)
    assert _plan(session, wib("09-05", "17:30")).sent == 0  # the first tick after an outage, in the evening
    _plan(session, wib("09-06", "08:00"))
    rows = ledger(session, occasion="deadline 2022-09-06")
    assert [row.rung for row in rows if row.decision == "send"] == ["last_day"]
    assert {row.because for row in rows if row.decision != "send"} == {"overtaken by last_day"}


def test_the_east_is_reminded_on_its_own_clock(session: Session) -> None:
    contact(session)
    contact(session, JAYAPURA)
    _plan(session, wib("09-05", "07:30"))
    assert [row.rung for row in ledger(session, JAYAPURA, decision="send", rung="t_minus_1")] == ["t_minus_1"]
    assert ledger(session, rung="t_minus_1") == []


def test_an_extension_is_an_occasion_of_its_own(session: Session) -> None:
    contact(session)
    _plan(session, wib("09-05"))
    until = wib("09-10", "00:00")
    asked = extensions.request(
        session, b08(session), unit_id=unit_id(session, SERANG), until=until, reason="banjir", by="a",
        now=wib("09-06"), cap=timedelta(days=14),
    )  # fmt: skip
    extensions.decide(session, asked.id, approve=True, by="b", now=wib("09-06"))
    _plan(session, wib("09-06"))
    assert [row.rung for row in ledger(session) if row.decision == "send"][-1] == "t_minus_3"
    _plan(session, wib("09-08"))
    assert [(row.rung, row.occasion) for row in ledger(session, rung="t_minus_1")] == [
        ("t_minus_1", "deadline 2022-09-06"),
        ("t_minus_1", "deadline 2022-09-09"),
    ]
    assert ledger(session, rung="overdue") == []


def test_whoever_has_nobody_is_asked_for_and_told_once_somebody_is_found(session: Session) -> None:
    _plan(session, wib("09-02"))
    (row,) = ledger(session, rung="t_minus_3")
    assert (row.recipient, row.decision, row.delivery_id) == ("nobody", "nobody", None)
    assert not anything_due(session, b08(session), now=wib("09-02", "10:00"))
    contact(session)
    assert anything_due(session, b08(session), now=wib("09-02", "10:00"))
    assert _plan(session, wib("09-02", "10:00")).sent == 2  # that the window is open, too
    assert _plan(session, wib("09-02", "10:05")) == Planned()
    assert [row.decision for row in ledger(session, rung="t_minus_3")] == ["nobody", "send"]


def test_somebody_found_too_late_gets_the_next_rung_only(session: Session) -> None:
    _plan(session, wib("09-02"))
    contact(session)
    _plan(session, wib("09-05"))
    assert [row.decision for row in ledger(session, rung="t_minus_3")] == ["nobody"]
    assert [row.decision for row in ledger(session, rung="t_minus_1")] == ["send"]


def test_one_address_gets_one_message(session: Session) -> None:
    first = contact(session, address="satu@contoh.go.id")
    contact(session, address="SATU@contoh.go.id", name="again")
    contact(session, function="head_of_office", address="satu@contoh.go.id")
    _plan(session, wib("09-07"))
    assert [row.recipient for row in ledger(session, rung="overdue")] == [f"contact:{first}"]


def test_a_contact_is_written_to_only_while_it_is_one(session: Session) -> None:
    old = contact(session, address="lama@contoh.go.id")
    contacts.end(session, old, on=wib("09-02").date(), by="test", now=ENTERED)
    contact(session, address="nanti@contoh.go.id", valid_from=wib("09-03").date())
    _plan(session, wib("09-02"))
    assert [row.recipient for row in ledger(session, rung="t_minus_3")] == ["nobody"]


def test_a_copy_does_not_stand_for_the_office(session: Session) -> None:
    contact(session, courtesy=True)
    _plan(session, wib("09-02"))
    assert sorted(said(ledger(session, rung="t_minus_3"))) == [
        ("t_minus_3", "contact", "send"),
        ("t_minus_3", "nobody", "nobody"),
    ]
    assert not anything_due(session, b08(session), now=wib("09-02", "10:00"))
    contact(session, address="benar@contoh.go.id")
    _plan(session, wib("09-02", "10:00"))
    assert [row.address for row in ledger(session, rung="t_minus_3", decision="send")][1:] == ["benar@contoh.go.id"]


def test_an_office_gets_one_digest_of_its_units(session: Session) -> None:
    bureau = contact(session, BANTEN, "legal_bureau")
    office = contact(session, None, "regional_office", office="kanwil-36")
    sends_everything(session, SERANG)
    _plan(session, wib("09-08"))
    rows = ledger(session, None, rung="overdue_province")
    province, kanwil = [[row for row in rows if row.recipient == f"contact:{who}"] for who in (bureau, office)]
    assert [len(row.unit_ids) for row in (*province, *kanwil)] == [8, 8]  # Banten and its seven others
    assert unit_id(session, SERANG) not in province[0].unit_ids
    assert unit_id(session, BANTEN) in province[0].unit_ids


def test_a_body_without_a_province_is_brought_before_the_ministry(session: Session) -> None:
    contact(session, None, "ministry", address="pusat@contoh.go.id")
    _plan(session, wib("09-08"))
    (row,) = [row for row in ledger(session, None, rung="overdue_province") if row.address == "pusat@contoh.go.id"]
    assert unit_id(session, KL) in row.unit_ids
    assert unit_id(session, SERANG) not in row.unit_ids
    _plan(session, wib("09-12"))
    (row,) = ledger(session, None, rung="overdue_ministry")
    assert {unit_id(session, code) for code in (KL, SERANG, BANTEN)} <= set(row.unit_ids)


def test_the_announcement_goes_out_when_the_calendar_is_set(session: Session) -> None:
    contact(session)
    announced(session, wib("08-20", "11:00"))  # a Saturday
    _plan(session, wib("08-20", "12:00"))
    assert ledger(session) == []
    _plan(session, wib("08-22", "08:00"))
    (row,) = ledger(session, rung="announced", decision="send")
    assert (row.occasion, row.due_at, row.send_at) == ("window", wib("08-20", "11:00"), wib("08-22", "08:00"))


def test_nothing_is_sent_of_what_is_long_past(session: Session) -> None:
    contact(session)
    assert _plan(session, wib("12-20")) == Planned()


def test_a_closed_period_is_silent(session: Session) -> None:
    contact(session)
    session.execute(
        text("INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:p, :o, :c)"),
        {"p": b08(session).id, "o": wib("08-30"), "c": wib("09-01")},
    )
    assert _plan(session, wib("09-02")) == Planned()


def test_a_preview_says_the_same_and_writes_nothing(session: Session) -> None:
    contact(session)
    seen = [row for row in preview(session, b08(session), now=wib("09-02")) if row.unit_code == SERANG]
    assert ledger(session, None) == []
    _plan(session, wib("09-02"))
    assert sorted((row.rung, row.decision, row.send_at) for row in seen) == sorted(
        (row.rung, row.decision, row.send_at) for row in ledger(session)
    )
