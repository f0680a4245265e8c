"""The whole way: planned by the ladder, composed, handed over as files, and withdrawn where it no longer holds."""

from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle.composers import COMPOSERS, HOLDS
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import send_due
from ranham.plan.queries import find_period
from ranham.reminder.links.service import Correction, correct
from ranham.reminder.models import Contact, Function
from ranham.reminder.planning import plan
from tests.access import people
from tests.verification.desk import send

NOW = datetime(2022, 9, 5, 4, tzinfo=UTC)
SERANG, LEBAK, JAYAPURA = "36.04", "36.02", "91.71"


@pytest.fixture(autouse=True)
def public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_PUBLIC_URL", "https://ranham.example")


@pytest.fixture
def owner(application: Engine, public_address: None) -> Engine:
    with Session(application) as session, session.begin():
        for code in (SERANG, LEBAK):
            session.add(_contact(people.unit(session, code), f"operator@{code}.go.id", courtesy=False))
        session.add(_contact(people.unit(session, SERANG), "salinan@serang.go.id", courtesy=True))
    return application


def _contact(unit_id: int, address: str, *, courtesy: bool) -> Contact:
    return Contact(
        unit_id=unit_id, function=Function.OPERATOR, name="Siti", channel="email", address=address, language="id",
        courtesy=courtesy, valid_from=date(2022, 1, 1), added_by="cli:test", added_at=NOW,
    )  # fmt: skip


def plan_now(owner: Engine) -> None:
    with Session(owner) as session, session.begin():
        plan(session, find_period(session, "2022-B08"), now=NOW)


def messages() -> dict[str, EmailMessage]:
    """What left, by recipient; the last one of each."""
    parser = BytesParser(EmailMessage, policy=policy.default)
    read = [parser.parsebytes(file.read_bytes()) for file in sorted(settings().outbox.rglob("*.eml"))]
    return {str(each["To"]).partition("<")[2].rstrip(">"): each for each in read}


def body(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_what_is_planned_leaves_as_a_message_and_only_once(owner: Engine) -> None:
    plan_now(owner)
    assert send_due(COMPOSERS, now=lambda: NOW).accepted > 0
    assert send_due(COMPOSERS, now=lambda: NOW).sent == 0
    duty, copy = messages()[f"operator@{SERANG}.go.id"], messages()["salinan@serang.go.id"]
    assert "Kabupaten Serang (36.04)" in duty["Subject"]
    assert "Selasa, 6 September 2022, pukul 24.00 WIB" in body(duty, "plain")
    assert "<!DOCTYPE html>" in body(duty, "html")
    assert duty["List-Unsubscribe"] is None
    assert copy["List-Unsubscribe"].startswith("<https://ranham.example/api/v1/contacts/")
    assert copy["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_worker_that_was_down_does_not_write_at_night(owner: Engine) -> None:
    plan_now(owner)
    evening, morning = datetime(2022, 9, 5, 12, 30, tzinfo=UTC), datetime(2022, 9, 6, 1, tzinfo=UTC)
    night = send_due(COMPOSERS, holds=HOLDS, now=lambda: evening)
    assert (night.sent, night.held > 0) == (0, True)
    with owner.connect() as connection:
        waits = connection.execute(text("SELECT DISTINCT next_attempt_at FROM delivery WHERE state = 'created'")).all()
    assert waits == [(morning,)]
    assert send_due(COMPOSERS, holds=HOLDS, now=lambda: morning).accepted == night.held


def test_the_hours_are_those_where_the_reader_is(application: Engine) -> None:
    with Session(application) as session, session.begin():
        for code in (SERANG, JAYAPURA):
            session.add(_contact(people.unit(session, code), f"operator@{code}.go.id", courtesy=False))
    plan_now(application)
    after_work_in_the_east = datetime(2022, 9, 5, 7, 30, tzinfo=UTC)  # 14:30 WIB, 16:30 WIT
    send_due(COMPOSERS, holds=HOLDS, now=lambda: after_work_in_the_east)
    assert f"operator@{SERANG}.go.id" in messages()
    assert f"operator@{JAYAPURA}.go.id" not in messages()


def test_what_was_reported_between_planning_and_sending_is_not_asked_for(owner: Engine) -> None:
    plan_now(owner)
    with Session(owner) as session, session.begin():
        for number in range(6):
            send(session, SERANG, number)
    send_due(COMPOSERS, now=lambda: NOW)
    assert f"operator@{SERANG}.go.id" not in messages()
    assert f"operator@{LEBAK}.go.id" in messages()
    with owner.connect() as connection:
        reasons = connection.scalars(text("SELECT DISTINCT because FROM delivery WHERE state = 'cancelled'")).all()
    assert reasons == ["everything was reported meanwhile"]


def test_a_corrected_address_is_asked_to_confirm_itself(owner: Engine) -> None:
    plan_now(owner)
    send_due(COMPOSERS, now=lambda: NOW)
    text_ = body(messages()[f"operator@{LEBAK}.go.id"], "plain")
    token = text_.partition("/api/v1/contacts/")[2].split()[0]
    with Session(owner) as session, session.begin():
        correct(session, token, Correction("baru@lebak.go.id"), now=NOW)
    send_due(COMPOSERS, now=lambda: NOW)
    asked = messages()["baru@lebak.go.id"]
    assert asked["Subject"] == "Mohon benarkan alamat kontak RANHAM ini"
    assert "/api/v1/contacts/" in body(asked, "plain")
