"""Links to a contact: one purpose, once, for a time; what is corrected stays as history."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict, NotFound
from ranham.outbox.deliveries import Content, Due
from ranham.reminder import contacts
from ranham.reminder.content.confirming import compose_confirmation, compose_correction
from ranham.reminder.links.addresses import Addressed, issue_for
from ranham.reminder.links.page import contact_page, possible
from ranham.reminder.links.queries import find_link
from ranham.reminder.links.service import CONFIRMATION, CORRECTION, Correction, confirm, correct, unsubscribe
from ranham.reminder.models import Contact, Function
from ranham.reminder.planning import plan
from tests.access import people
from tests.reminder.content.awkward import MARKUP
from tests.reminder.content.ledger import NOW, contact
from tests.reminder.desk import b08, ledger

LATER = NOW + timedelta(days=3)


def token(session: Session, recipient: Contact | int) -> str:
    named = f"person:{recipient}" if isinstance(recipient, int) else f"contact:{recipient.id}"
    courtesy = False if isinstance(recipient, int) else recipient.courtesy
    (links,) = issue_for(session, [Addressed(named, None, courtesy=courtesy)], now=NOW)
    return links.manage.rpartition("/")[2]


def ending(session: Session, recipient: Contact) -> str:
    (links,) = issue_for(session, [Addressed(f"contact:{recipient.id}", None, courtesy=True)], now=NOW)
    assert links.unsubscribe is not None
    return links.unsubscribe.rpartition("/")[2]


def test_a_link_shows_what_is_stored_and_is_not_stored_itself(session: Session) -> None:
    made = contact(session)
    raw = token(session, made)
    linked = find_link(session, raw, now=LATER)
    assert (linked.address, linked.place, linked.unit_code, linked.language) == (made.address, "Serang", "36.04", "id")
    assert possible(linked) == ["confirm", "correct"]
    stored = session.scalars(text("SELECT contact_link::text FROM contact_link")).all()
    assert not [row for row in stored if raw in row]


def test_a_link_ends_after_its_time(session: Session) -> None:
    raw = token(session, contact(session))
    assert find_link(session, raw, now=NOW + timedelta(days=59))
    with pytest.raises(NotFound, match="expired"):
        find_link(session, raw, now=NOW + timedelta(days=60))


@pytest.mark.parametrize("raw", ["", "x", "x" * 43, "../../etc", "x" * 4000])
def test_unknown_links_are_all_the_same(raw: str, session: Session) -> None:
    with pytest.raises(NotFound, match="unknown, has expired or was revoked"):
        find_link(session, raw, now=NOW)


def test_an_address_is_confirmed_once(session: Session) -> None:
    raw = token(session, contact(session))
    assert confirm(session, raw, now=LATER).confirmed_at == LATER
    with pytest.raises(Conflict, match="used already"):
        confirm(session, raw, now=LATER)
    assert people.events(session)[-1] == "contact_link.confirmed"


def test_a_correction_is_proposed_beside_the_row_and_both_addresses_are_written_to(session: Session) -> None:
    old = contact(session, name="Sekda lama")
    new_id = correct(session, token(session, old), Correction(" Sekda.Baru@serang.go.id ", "Sekda baru"), now=LATER)
    session.expire_all()
    new = session.get_one(Contact, new_id)
    assert (old.valid_to, old.name, new.replaces) == (None, "Sekda lama", old.id)
    assert (new.address, new.name, new.confirmed_at) == ("sekda.baru@serang.go.id", "Sekda baru", None)
    assert (new.unit_id, new.function, new.valid_from, new.valid_to) == (old.unit_id, old.function, LATER.date(), None)
    assert new.added_by == f"contact:{old.id}"
    asked, told = session.execute(text("SELECT kind, ref, address FROM delivery ORDER BY id")).all()
    assert tuple(asked) == (CONFIRMATION, new_id, "sekda.baru@serang.go.id")
    assert tuple(told) == (CORRECTION, new_id, old.address)


def test_whoever_reads_at_the_new_address_confirms_it(session: Session) -> None:
    new_id = correct(session, token(session, contact(session)), Correction("baru@serang.go.id"), now=LATER)
    asked = Due(1, CONFIRMATION, new_id, "email", "baru@serang.go.id", "Sekda", "id", "m")
    made = compose_confirmation(session, [asked], LATER)[1]
    assert isinstance(made, Content)
    found = re.search(r"/contacts/([\w-]{43})", made.text)
    assert found is not None
    assert found[1] in (made.html or "")
    confirm(session, found[1], now=LATER)
    assert session.get_one(Contact, new_id).confirmed_at == LATER
    assert not isinstance(compose_confirmation(session, [asked], LATER)[1], Content)


@pytest.mark.parametrize("written", ["", "siti", "a@b", "a b@c.id", "a@b.id\nBcc: x@y.id", "<a@b.id>"])
def test_an_address_that_none_can_be_is_refused(written: str, session: Session) -> None:
    with pytest.raises(BadInput):
        correct(session, token(session, contact(session)), Correction(written), now=LATER)


def test_copies_are_ended_and_again_changes_nothing(session: Session) -> None:
    copy = contact(session, courtesy=True)
    raw = ending(session, copy)
    assert unsubscribe(session, raw, now=LATER).unsubscribed_at == LATER
    assert unsubscribe(session, raw, now=LATER + timedelta(days=1)).unsubscribed_at == LATER
    assert possible(find_link(session, raw, now=LATER)) == []


def test_a_link_that_ends_copies_does_nothing_else(session: Session) -> None:
    raw = ending(session, contact(session, courtesy=True))
    for do in (
        lambda: confirm(session, raw, now=LATER),
        lambda: correct(session, raw, Correction("a@b.id"), now=LATER),
    ):
        with pytest.raises(Conflict, match="only ends copies"):
            do()


def test_a_duty_cannot_be_unsubscribed_from(session: Session) -> None:
    with pytest.raises(Conflict, match="duty to report"):
        unsubscribe(session, token(session, contact(session)), now=LATER)


def test_a_person_with_an_account_confirms_and_corrects_elsewhere(session: Session) -> None:
    person = people.person(session, "siti@serang.go.id")
    raw = token(session, person)
    with pytest.raises(Conflict, match="address of an account"):
        correct(session, raw, Correction("lain@serang.go.id"), now=LATER)
    assert "Untuk mengubahnya" in contact_page(find_link(session, raw, now=LATER))
    assert possible(confirm(session, raw, now=LATER)) == []


def test_reminders_go_to_the_old_address_until_the_new_one_is_confirmed(session: Session) -> None:
    old = contact(session, function=Function.OPERATOR)
    new = session.get_one(Contact, correct(session, token(session, old), Correction("baru@serang.go.id"), now=NOW))
    plan(session, b08(session), now=NOW)
    assert {row.address for row in ledger(session)} == {old.address}
    confirm(session, token(session, new), now=NOW)
    session.expire_all()
    assert (old.valid_to, new.valid_to) == (NOW.date(), None)
    plan(session, b08(session), now=NOW + timedelta(days=1))
    assert {row.address for row in ledger(session, rung="last_day")} == {"baru@serang.go.id"}


@pytest.mark.parametrize("how", ["confirmed", "corrected again", "ended by the office"])
def test_a_proposal_is_dropped_when_the_old_address_is(how: str, session: Session) -> None:
    old = contact(session)
    new = session.get_one(Contact, correct(session, token(session, old), Correction("salah@serang.go.id"), now=LATER))
    by_new = token(session, new)
    match how:
        case "confirmed":
            confirm(session, token(session, old), now=LATER)
        case "corrected again":
            correct(session, token(session, old), Correction("benar@serang.go.id"), now=LATER)
        case _:
            contacts.end(session, old.id, on=LATER.date(), by="cli:test", now=LATER)
    with pytest.raises(Conflict, match="ended on"):
        confirm(session, by_new, now=LATER)


def test_the_old_address_is_told_with_a_link_of_its_own(session: Session) -> None:
    old = contact(session)
    new_id = correct(session, token(session, old), Correction("baru@serang.go.id"), now=LATER)
    telling = Due(1, CORRECTION, new_id, "email", old.address, "Sekda", "en", "m")
    made = compose_correction(session, [telling], LATER)[1]
    assert isinstance(made, Content)
    assert "about to be replaced" in made.subject
    found = re.search(r"/contacts/([\w-]{43})", made.text)
    assert found is not None
    assert find_link(session, found[1], now=LATER).contact_id == old.id


def test_a_contact_that_ended_is_not_corrected(session: Session) -> None:
    old = contact(session)
    first, second = token(session, old), token(session, old)
    new = session.get_one(Contact, correct(session, first, Correction("baru@serang.go.id"), now=LATER))
    confirm(session, token(session, new), now=LATER)
    session.expire_all()
    with pytest.raises(Conflict, match="ended on"):
        correct(session, second, Correction("lain@serang.go.id"), now=LATER)


def test_the_page_shows_markup_as_text_in_both_languages(session: Session) -> None:
    page = contact_page(find_link(session, token(session, contact(session, name=MARKUP)), now=LATER))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Alamat yang benar" in page
    assert "Right address" in page
