"""A reminder says what is there when it leaves, and is withdrawn when what was planned does not hold any more."""

import io
from datetime import UTC, date, datetime, timedelta

from pypdf import PdfReader
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from ranham.obligation.models import ExcuseKind
from ranham.obligation.service import approve_excuse, request_excuse
from ranham.outbox.deliveries import Content
from ranham.plan.policy import starting_ladder
from ranham.plan.queries import find_period
from ranham.reminder.content.composing import compose
from ranham.reminder.content.rendering import known_templates
from ranham.reminder.content.saying import SHOWS
from ranham.reminder.models import Function
from ranham.submission import extensions
from tests.access import people
from tests.reminder.content.ledger import (
    ENDS,
    NOW,
    composed,
    contact,
    content,
    due,
    planned,
    withdrawn,
)
from tests.verification.desk import NOW as READING
from tests.verification.desk import fill, give_back, obligation_id, office_id, only, send, unit_id

SERANG, KOTA_SERANG, BANTEN, JAYAPURA = "36.04", "36.73", "36", "91.71"
CAP = timedelta(days=14)


def extend(session: Session, code: str, until: datetime) -> None:
    period = find_period(session, "2022-B08")
    asked = extensions.request(
        session, period, unit_id=unit_id(session, code), until=until, reason="banjir", by="a", now=NOW, cap=CAP
    )
    extensions.decide(session, asked.id, approve=True, by="b", now=NOW)


def test_what_is_missing_is_what_has_not_been_sent(session: Session) -> None:
    send(session, SERANG, 0)
    made = content(session, planned(session, "t_minus_1", contact(session), deadline=ENDS))
    assert "5 dari 6 aksi Kabupaten Serang (36.04) belum dilaporkan" in made.text
    assert "- D2 " in made.text
    assert "- D1 " not in made.text
    assert "1 hari lagi" in made.subject
    assert "Selasa, 6 September 2022, pukul 24.00 WIB" in made.text


def test_reports_that_are_simulated_make_the_message_say_so(session: Session) -> None:
    row = planned(session, "t_minus_1", contact(session), deadline=ENDS)
    assert "SIMULASI" not in content(session, row).subject
    send(session, KOTA_SERANG, 0)
    assert content(session, row).subject.startswith("[SIMULASI] ")


def test_what_was_reported_meanwhile_is_not_asked_for(session: Session) -> None:
    row = planned(session, "t_minus_1", contact(session), deadline=ENDS)
    for number in range(6):
        send(session, SERANG, number)
    assert withdrawn(session, row) == "everything was reported meanwhile"


def test_what_is_excused_is_not_asked_for(session: Session) -> None:
    row = planned(session, "t_minus_1", contact(session), deadline=ENDS)
    period = find_period(session, "2022-B08")
    asked = request_excuse(
        session,
        obligation_id(session, SERANG, 0),
        period.id,
        kind=ExcuseKind.EXCUSED,
        justification="x",
        by="a",
        now=NOW,
    )
    approve_excuse(session, asked.id, by="b", now=NOW)
    assert "5 dari 5 aksi" in content(session, row).text


def test_an_extension_that_came_later_withdraws_the_old_deadline_s_message(session: Session) -> None:
    row = planned(session, "t_minus_1", contact(session), deadline=ENDS)
    later = datetime(2022, 9, 9, 17, tzinfo=UTC)
    extend(session, SERANG, later)
    assert withdrawn(session, row) == f"the deadline has moved to {later.isoformat()}"
    made = content(session, planned(session, "t_minus_3", contact(session), deadline=later))
    assert "Jumat, 9 September 2022, pukul 24.00 WIB" in made.text
    assert "sudah termasuk perpanjangan" in made.text


def test_before_a_deadline_means_before_it(session: Session) -> None:
    row = planned(session, "t_minus_1", contact(session), deadline=ENDS)
    assert withdrawn(session, row, now=ENDS) == "the deadline has passed"
    assert "Hari terakhir" in content(session, row, now=ENDS - timedelta(hours=1)).subject


def test_once_the_period_is_closed_nothing_is_asked_for(session: Session) -> None:
    row = planned(session, "overdue", contact(session), deadline=ENDS)
    assert "telah berakhir" in content(session, row, now=ENDS + timedelta(days=1)).subject
    session.execute(
        text("""INSERT INTO period_state (period_id, opened_at, closed_at) VALUES (:p, :now, :now)
                ON CONFLICT (period_id) DO UPDATE SET closed_at = :now"""),
        {"p": row.period_id, "now": ENDS + timedelta(days=30)},
    )
    assert withdrawn(session, row, now=ENDS + timedelta(days=31)) == "the period was closed meanwhile"


def test_who_unsubscribed_ended_or_left_gets_nothing(session: Session) -> None:
    copy = contact(session, courtesy=True)
    row = planned(session, "t_minus_1", copy, deadline=ENDS)
    assert content(session, row)
    copy.unsubscribed_at = NOW
    session.flush()
    assert "unsubscribed" in withdrawn(session, row)
    ended = contact(session)
    row = planned(session, "t_minus_1", ended, deadline=ENDS)
    ended.valid_to = date(2022, 9, 5)
    session.flush()
    assert "ended on 2022-09-05" in withdrawn(session, row)
    person = people.person(session)
    row = planned(session, "t_minus_1", person, unit_id=unit_id(session, SERANG), deadline=ENDS)
    assert content(session, row)
    session.execute(text("UPDATE person SET disabled_at = now() WHERE id = :id"), {"id": person})
    assert "disabled" in withdrawn(session, row)


def test_a_return_is_told_with_its_reasons_until_it_came_again(session: Session) -> None:
    owed = send(session, SERANG, 0)
    fill(session)
    give_back(session, only(session).task_id, "verifier")
    back = session.scalar(text("SELECT return_due_at FROM report WHERE obligation_id = :o"), {"o": owed})
    row = planned(session, "returned", contact(session), deadline=back)
    made = content(session, row, now=READING)
    assert "tidak sesuai ukuran keberhasilan - foto bukan kegiatan ini" in made.text
    assert "tidak sesuai ukuran keberhasilan - perbaiki ukuran 1" in made.text
    assert "Batas waktu perbaikan" in made.text
    late = planned(session, "return_minus_1", contact(session), deadline=back)
    assert withdrawn(session, late, now=back) == "the deadline has passed"
    send(session, SERANG, 0)
    assert withdrawn(session, row, now=READING) == "what was returned came again meanwhile"


def test_the_first_letter_brings_the_annexes_as_a_pdf(session: Session) -> None:
    made = content(session, planned(session, "announced", contact(session)))
    (letter,) = made.attachments
    assert (letter.media_type, letter.name) == ("application/pdf", "surat-pemberitahuan-2022-B08-36.04.pdf")
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(letter.data)).pages)
    assert all(code in said for code in ("D1", "D6", "daftar penerima", "Kabupaten Serang"))


def test_a_digest_lists_the_units_of_which_it_still_holds_in_order(session: Session) -> None:
    for number in range(6):
        send(session, SERANG, number)
    extend(session, "36.01", datetime(2022, 9, 12, 17, tzinfo=UTC))
    listed = [unit_id(session, code) for code in (KOTA_SERANG, "36.01", "36.02", SERANG)]
    bureau = contact(session, BANTEN, function=Function.LEGAL_BUREAU)
    row = planned(session, "overdue_province", bureau, unit_ids=listed, deadline=ENDS)
    made = content(session, row, now=ENDS + timedelta(days=2))
    assert "2 instansi belum lengkap melapor (Provinsi Banten (36))" in made.subject
    assert made.text.index("(36.02)") < made.text.index("(36.73)")
    assert "(36.01)" not in made.text  # it has more time
    assert "(36.04)" not in made.text  # it has reported
    row = planned(session, "overdue_province", bureau, unit_ids=[unit_id(session, SERANG)], deadline=ENDS)
    assert withdrawn(session, row, now=ENDS + timedelta(days=2)) == "no unit is left of which this holds"


def test_a_digest_names_the_deadline_that_has_passed(session: Session) -> None:
    until = datetime(2022, 9, 12, 17, tzinfo=UTC)
    extend(session, "36.01", until)
    bureau = contact(session, BANTEN, function=Function.LEGAL_BUREAU)
    row = planned(session, "overdue_province", bureau, unit_ids=[unit_id(session, "36.01")], deadline=until)
    made = content(session, row, now=until + timedelta(days=2))
    assert "Batas waktu: Senin, 12 September 2022, pukul 24.00 WIB" in made.text
    assert "6 September" not in made.text


def test_a_digest_of_late_readings_counts_those_that_are_open(session: Session) -> None:
    send(session, SERANG, 0)
    fill(session)
    office = office_id(session, "kanwil-36")
    reader = contact(session, unit_id=None, office_id=office, function=Function.REGIONAL_OFFICE)
    row = planned(session, "verification_late", reader, unit_ids=[unit_id(session, SERANG)])
    assert withdrawn(session, row, now=READING) == "everything was read meanwhile"  # nothing is late yet
    made = content(session, row, now=READING + timedelta(days=20))
    assert "Kabupaten Serang (36.04): 1 laporan, sejak" in made.text


def test_a_messenger_gets_one_line_and_no_letter(session: Session) -> None:
    made = content(session, planned(session, "announced", contact(session)), channel="whatsapp")
    assert (made.html, made.attachments, made.text.count("\n")) == (None, (), 0)


def test_only_copies_can_be_unsubscribed_from(session: Session) -> None:
    duty = content(session, planned(session, "t_minus_1", contact(session), deadline=ENDS))
    assert (duty.unsubscribe, "Berhenti menerima" in duty.text) == (None, False)
    copy = content(session, planned(session, "t_minus_1", contact(session, courtesy=True), deadline=ENDS))
    assert copy.unsubscribe is not None
    assert copy.unsubscribe.endswith("/unsubscription")
    assert copy.unsubscribe.removesuffix("/unsubscription") in copy.text


def test_the_language_is_that_of_the_recipient_and_the_clock_that_of_the_unit(session: Session) -> None:
    row = planned(session, "t_minus_1", contact(session, JAYAPURA), deadline=ENDS)
    made = content(session, row, language="en")
    assert "Wednesday, 7 September 2022, 02:00 WIT (Tuesday, 6 September 2022, 24:00 WIB)" in made.text


def test_many_are_composed_with_as_few_statements_as_one(session: Session) -> None:
    codes = session.scalars(
        text("SELECT code FROM unit_version WHERE valid_to IS NULL AND code LIKE '36.%' ORDER BY code")
    ).all()
    rows = [planned(session, "t_minus_1", contact(session, code), deadline=ENDS) for code in codes]
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        compose(session, [due(rows[0])], NOW)
        alone = len(asked)
        made = compose(session, [due(row) for row in rows], NOW)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    assert len(rows) == 8
    assert len(asked) == 2 * alone
    assert all(isinstance(each, Content) for each in made.values())


def test_every_rung_of_the_starting_ladder_has_its_wording_in_both_languages() -> None:
    wanted = {rung.template for rung in starting_ladder().rungs}
    assert wanted <= known_templates()
    assert wanted <= SHOWS.keys()
    of_offices = {name for name in SHOWS if any(shown.startswith(("units", "readings")) for shown in SHOWS[name])}
    assert {rung.template for rung in starting_ladder().rungs if rung.digest} <= of_offices
    assert not {rung.template for rung in starting_ladder().rungs if not rung.digest} & of_offices


def test_a_rung_that_the_plan_does_not_have_any_more_sends_nothing(session: Session) -> None:
    assert "no rung nowhere" in withdrawn(session, planned(session, "nowhere", contact(session)))


def test_nothing_is_sent_of_a_unit_that_owes_nothing(session: Session) -> None:
    row = planned(session, "announced", contact(session, "31.71", unit_id=unit_id(session, "31.71")))
    assert composed(session, row).because == "the unit owes nothing in this period"  # type: ignore[union-attr]
