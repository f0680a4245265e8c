"""A wait that a receiver asks for is its own: it holds for every message to it, whoever sends, and for nobody else."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.outbox.deliveries import Tally, cancel, queries, retry
from ranham.outbox.providers.folder import Folder
from ranham.outbox.routes import Routes
from tests.outbox.deliveries import NOW, make, new, send, states
from tests.outbox.webhooks.receiver import Receiver, receiving, routes, secret
from tests.patience import PATIENCE_SECONDS

MINUTE = timedelta(minutes=1)
ASKED = timedelta(hours=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret(tmp_path / "secrets", "pusdatin", "one")
    return tmp_path / "secrets"


@pytest.fixture
def busy() -> Iterator[Receiver]:
    """Asks for two hours at its first answer, and takes everything afterwards."""
    with receiving(429, 200) as made:
        made.wait = f"{ASKED.total_seconds():.0f}"
        yield made


def post(engine: Engine, to: Receiver, *keys: str, path: str = "/ranham", at: datetime = NOW) -> list[int]:
    rows = (new(key, to.url(path), channel="webhook", name="pusdatin", not_before=at) for key in keys)
    return make(engine, *rows)


def due(engine: Engine, now: datetime) -> tuple[int, datetime | None]:
    with Session(engine) as session:
        return queries.count_due(session, now=now)


def test_the_wait_holds_for_what_waits_and_for_what_is_written_meanwhile(
    application: Engine, busy: Receiver, folder: Path
) -> None:
    post(application, busy, "first", "second")
    assert send(routes(folder)) == Tally(deferred=1)
    post(application, busy, "third", at=NOW + MINUTE)
    for later in (MINUTE, ASKED - MINUTE):
        assert send(routes(folder), NOW + later) == Tally()
        assert due(application, NOW + later) == (0, None)
    assert len(busy.got) == 1
    assert due(application, NOW + ASKED + MINUTE) == (3, NOW + ASKED)  # nobody was late until then
    assert send(routes(folder), NOW + ASKED) == Tally(accepted=3)


def test_afterwards_they_go_in_the_order_in_which_they_fell_due(
    application: Engine, busy: Receiver, folder: Path
) -> None:
    post(application, busy, "first", "second")
    send(routes(folder))
    post(application, busy, "fourth", at=NOW + 2 * MINUTE)
    post(application, busy, "third", at=NOW + MINUTE)
    send(routes(folder), NOW + ASKED)
    with application.connect() as connection:
        keys = dict(connection.execute(text("SELECT message_id::text, key FROM delivery")).tuples().all())
    sent = [keys[got.headers["webhook-id"]] for got in busy.got]
    assert sent == ["first", "second", "third", "fourth", "first"]


def test_without_such_a_wait_the_next_message_is_tried_a_minute_later(application: Engine, folder: Path) -> None:
    with receiving(503, 200) as taken:
        post(application, taken, "first", "second")
        assert send(routes(folder)) == Tally(deferred=1)
        assert send(routes(folder), NOW + MINUTE) == Tally(accepted=1)
        assert states(application) == {"first": "temporary_failure", "second": "delivered_to_provider"}


def test_a_wait_that_is_shorter_than_ours_holds_for_the_others(application: Engine, folder: Path) -> None:
    with receiving(429, 200) as taken:
        taken.wait = "90"
        post(application, taken, "first", "second")
        assert send(routes(folder)) == Tally(deferred=1)
        assert send(routes(folder), NOW + MINUTE) == Tally()
        assert send(routes(folder), NOW + 2 * MINUTE) == Tally(accepted=1)


def test_other_addresses_and_e_mail_do_not_wait(
    application: Engine, busy: Receiver, folder: Path, tmp_path: Path
) -> None:
    """An address that differs by a capital letter is another one."""
    post(application, busy, "first")
    assert send(routes(folder)) == Tally(deferred=1)
    post(application, busy, "other", path="/Ranham")
    post(application, busy, "same")
    make(application, new("mail"))
    both = Routes({**routes(folder).by_channel, "email": (Folder(tmp_path / "mail"),)})
    assert send(both, NOW + MINUTE) == Tally(accepted=2)
    assert [got.path for got in busy.got] == ["/ranham", "/Ranham"]


def test_the_wait_outlives_the_message_that_was_answered_so(application: Engine, busy: Receiver, folder: Path) -> None:
    post(application, busy, "first")
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery SET attempts = 47"))
    post(application, busy, "second")
    assert send(routes(folder)) == Tally(failed=1)
    assert states(application) == {"first": "technical_failure", "second": "created"}
    assert send(routes(folder), NOW + MINUTE) == Tally()
    assert send(routes(folder), NOW + ASKED) == Tally(accepted=1)


def test_several_senders_at_once_keep_to_it(application: Engine, busy: Receiver, folder: Path) -> None:
    """Each of two has a message on the way when the answers come; of the others none goes before its time."""
    both = threading.Barrier(2)
    busy.answers[:] = [429]
    busy.meanwhile = lambda: both.wait(PATIENCE_SECONDS) and None
    post(application, busy, *(f"w{number}" for number in range(6)))
    told: list[Tally] = []
    senders = [threading.Thread(target=lambda: told.append(send(routes(folder)))) for _ in range(2)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    assert told == [Tally(deferred=1)] * 2
    busy.meanwhile = lambda: None
    busy.answers[:] = [200]
    assert send(routes(folder), NOW + MINUTE) == Tally()
    assert len(busy.got) == 2
    assert send(routes(folder), NOW + ASKED) == Tally(accepted=6)


def test_a_person_who_sends_that_message_again_ends_the_wait(application: Engine, busy: Receiver, folder: Path) -> None:
    (first, _) = post(application, busy, "first", "second")
    send(routes(folder))
    with Session(application) as session, session.begin():
        retry(session, [first], now=NOW + MINUTE)
    assert send(routes(folder), NOW + MINUTE) == Tally(accepted=2)


def test_it_ends_for_the_address_whichever_of_several_messages_is_sent_again(
    application: Engine, busy: Receiver, folder: Path
) -> None:
    (first, *_) = post(application, busy, "first", "second", "third")
    send(routes(folder))
    with application.begin() as connection:  # another worker had the second on the way
        connection.execute(text("UPDATE delivery SET attempts = 1, not_before = :until WHERE key = 'second'"), {"until": NOW + ASKED})  # fmt: skip
    with Session(application) as session, session.begin():
        retry(session, [first], now=NOW + MINUTE)
    assert send(routes(folder), NOW + MINUTE) == Tally(accepted=3)


def test_one_that_was_cancelled_asks_for_nothing(application: Engine, busy: Receiver, folder: Path) -> None:
    """As where its webhook was withdrawn, and another is added at the same address."""
    (first, _) = post(application, busy, "first", "second")
    send(routes(folder))
    with Session(application) as session, session.begin():
        cancel(session, [first], because="withdrawn", now=NOW + MINUTE)
        assert queries.left_alone_until(session, "webhook", busy.url("/ranham"), now=NOW + MINUTE) is None
    assert send(routes(folder), NOW + MINUTE) == Tally(accepted=1)


def test_one_that_was_taken_asks_for_nothing(application: Engine, busy: Receiver, folder: Path) -> None:
    """Where somebody tried out with another clock, its time lies ahead."""
    busy.answers[:] = [200]
    post(application, busy, "first", at=NOW + ASKED)
    assert send(routes(folder), NOW + ASKED) == Tally(accepted=1)
    post(application, busy, "second")
    assert send(routes(folder)) == Tally(accepted=1)


def test_a_message_that_is_sent_again_changes_nothing_of_others_where_no_address_is_left_alone(
    application: Engine,
) -> None:
    (first, _) = make(application, new("first"), new("second"))
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery SET attempts = 1, state = 'temporary_failure', not_before = :until, address = 'one@example.go.id'"), {"until": NOW + ASKED})  # fmt: skip
    with Session(application) as session, session.begin():
        retry(session, [first], now=NOW + MINUTE)
    with application.connect() as connection:
        kept = connection.scalar(text("SELECT not_before FROM delivery WHERE key = 'second'"))
    assert kept == NOW + ASKED
