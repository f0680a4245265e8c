"""Receivers are servers each of its own: each is waited for by nobody but itself, and e-mail by none of them."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as NoneFree

from ranham.outbox.deliveries import Tally, working
from ranham.outbox.deliveries.recording import again
from ranham.outbox.providers import Answer, Letter
from ranham.outbox.providers.folder import Folder, FolderLine
from ranham.outbox.routes import Routes
from tests.outbox.deliveries import NOW, make, new, send, states
from tests.outbox.webhooks.receiver import Receiver, receiving, routes, secret
from tests.patience import PATIENCE_SECONDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret(tmp_path / "secrets", "pusdatin", "one")
    return tmp_path / "secrets"


def post(engine: Engine, *receivers: Receiver) -> None:
    make(engine, *(new(f"w{n}", each.url(), channel="webhook", name="pusdatin") for n, each in enumerate(receivers, 1)))


def test_a_silent_receiver_keeps_neither_others_nor_e_mail_waiting(
    application: Engine, folder: Path, tmp_path: Path
) -> None:
    """It answers only once everybody else has their messages, and has many waiting itself."""
    others = threading.Barrier(3)

    class Mail(FolderLine):
        def send(self, letter: Letter) -> Answer:
            others.wait(PATIENCE_SECONDS)
            return FolderLine.send(self, letter)

    class Mails(Folder):
        def line(self) -> FolderLine:
            return Mail(self)

    with receiving(503) as silent, receiving() as good:
        silent.meanwhile = good.meanwhile = lambda: others.wait(PATIENCE_SECONDS) and None
        post(application, silent, silent, silent, good)
        make(application, new("mail"))
        both = Routes({**routes(folder, timeout_seconds=120).by_channel, "email": (Mails(tmp_path / "mail"),)})
        assert send(both) == Tally(accepted=2, deferred=1)
        assert states(application) == {
            "w1": "temporary_failure", "w2": "created", "w3": "created", "w4": "delivered_to_provider",
            "mail": "delivered_to_provider",
        }  # fmt: skip


def test_a_receiver_that_failed_is_left_alone_until_the_next_run(application: Engine, folder: Path) -> None:
    with receiving(500, 200) as taken:
        post(application, taken, taken)
        run = routes(folder)
        assert send(run) == Tally(deferred=1)
        assert send(run) == Tally()
        assert send(routes(folder)) == Tally(accepted=1)
        assert states(application) == {"w1": "temporary_failure", "w2": "delivered_to_provider"}


def test_after_a_refusal_a_receiver_waits_for_the_next_round(application: Engine, folder: Path) -> None:
    with receiving(404, 200) as taken:
        post(application, taken, taken)
        run = routes(folder)
        assert [send(run) for _ in range(3)] == [Tally(refused=1), Tally(accepted=1), Tally()]


def test_a_slow_receiver_with_many_messages_ends_its_turn(
    application: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "TURN_SECONDS", 0.0)
    with receiving() as taken:
        post(application, taken, taken)
        run = routes(folder)
        assert [send(run) for _ in range(3)] == [Tally(accepted=1), Tally(accepted=1), Tally()]
        assert len({got.headers["webhook-id"] for got in taken.got}) == 2


def test_a_limit_holds_for_all_receivers_together(application: Engine, folder: Path) -> None:
    with receiving() as one, receiving() as two, receiving() as three:
        post(application, one, two, three, one)
        assert send(routes(folder), limit=2) == Tally(accepted=2)
        assert sum(len(each.got) for each in (one, two, three)) == 2


def test_whoever_waits_for_a_receiver_holds_no_connection_to_the_database(
    application: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So there may be more receivers than connections: here each answers once all have the message."""
    monkeypatch.setenv("RANHAM_CONNECTIONS", "2")
    together = threading.Barrier(6)
    with receiving() as taken:
        taken.meanwhile = lambda: together.wait(PATIENCE_SECONDS) and None
        make(
            application,
            *(new(f"w{n}", taken.url(f"/{n}"), channel="webhook", name="pusdatin") for n in range(6)),
        )
        assert send(routes(folder, timeout_seconds=120), NOW) == Tally(accepted=6)


def test_an_outcome_waits_until_a_connection_is_free() -> None:
    """With many receivers at once all of them may be taken for a while; what was sent must be written all the same."""
    taken = iter([True, True, False])

    def write() -> str:
        if next(taken):
            raise NoneFree
        return "written"

    assert again(write) == "written"
