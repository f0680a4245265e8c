"""From the publication to the receiver, through the worker, the flow's services and the command line."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle.composers import COMPOSERS, HOLDS
from ranham.kernel.database import unit_of_work
from ranham.outbox.deliveries import Tally, retry, send_due
from ranham.outbox.routes import configured
from ranham.release import service as releases
from ranham.release.webhooks import service
from ranham.release.webhooks.queries import webhooks
from ranham.release.webhooks.sending import send_rounds
from tests.outbox.deliveries import states
from tests.outbox.webhooks.receiver import LOOPBACK, Receiver, genuine, receiving, secret
from tests.patience import PATIENCE_SECONDS
from tests.release.webhooks.told import webhook
from tests.release.world import NOW, closed_period, key, published


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as opened:
        yield lambda *answers: opened.enter_context(receiving(*answers))


@pytest.fixture
def lines(application: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Loopback is allowed by configuration, and `pusdatin` has a secret."""
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", LOOPBACK)
    monkeypatch.setenv("RANHAM_WEBHOOK_SECRETS_DIR", str(tmp_path / "secrets"))
    return secret(tmp_path / "secrets", "pusdatin", "one")


def publish(engine: Engine, folder: Path) -> None:
    with Session(engine) as session, session.begin():
        made = releases.make(session, closed_period(session, every=40), by="siti", now=NOW)
        published(session, made, key(folder))


def hook(engine: Engine, url: str, name: str = "pusdatin") -> int:
    with Session(engine) as session, session.begin():
        return webhook(session, name, url).id


def send(now: datetime = NOW) -> Tally:
    """As flow and command line do."""
    return sum(send_rounds(COMPOSERS, HOLDS, now=lambda: now), Tally())


def test_a_published_release_reaches_its_receiver_signed_and_no_secret_is_left_anywhere(
    application: Engine,
    receiver: Callable[..., Receiver],
    lines: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    taken = receiver(503, 200)
    hook(application, taken.url())
    publish(application, tmp_path)
    assert send() == Tally(deferred=1)
    assert send(NOW + timedelta(hours=1)) == Tally(accepted=1)
    assert len({got.body for got in taken.got}) == 1
    assert [genuine(got, *lines) for got in taken.got] == [[True], [True]]
    said = json.loads(taken.got[0].body)
    assert (said["event"], said["release"], said["id"]) == (
        "release.published",
        "RANHAM-V:2022-B08/1",
        taken.got[0].headers["webhook-id"],
    )
    with application.connect() as connection:
        tables = connection.scalars(
            text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ 'delivery|outbox|webhook|audit'"
            )
        ).all()
        written = [str(connection.execute(text(f"SELECT * FROM {table}")).all()) for table in tables]
    hidden = lines[0].removeprefix("whsec_")
    assert len(tables) >= 7
    assert not [each for each in (*written, caplog.text) if hidden in each]


def test_two_workers_send_one_event_once(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str], tmp_path: Path
) -> None:
    taken, read, second_done = receiver(), threading.Event(), threading.Event()

    def meanwhile() -> None:
        read.set()
        second_done.wait(PATIENCE_SECONDS)

    taken.meanwhile = meanwhile
    hook(application, taken.url())
    publish(application, tmp_path)
    told: list[Tally] = []
    first = threading.Thread(target=lambda: told.append(send()))
    first.start()
    assert read.wait(PATIENCE_SECONDS)
    told.append(send())  # while the receiver has the message and has not answered
    second_done.set()
    first.join()
    assert sorted(told, key=lambda each: each.accepted) == [Tally(), Tally(accepted=1)]
    assert len(taken.got) == 1


def test_a_worker_that_is_lost_on_the_way_is_made_good_under_the_same_id(
    application: Engine,
    receiver: Callable[..., Receiver],
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = receiver()
    hook(application, taken.url())
    publish(application, tmp_path)

    def dies(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr("ranham.outbox.deliveries.recording.Record.write", dies)
        send()
    assert set(states(application).values()) == {"sending"}
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery_claim SET until = now() - interval '1 second'"))
    assert send() == Tally(accepted=1, released=1)
    assert len(taken.got) == 2
    assert len({(got.headers["webhook-id"], got.body) for got in taken.got}) == 1


def test_who_answers_410_is_withdrawn_and_may_come_back(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str], tmp_path: Path
) -> None:
    taken, other = receiver(410, 200), receiver()
    secret(tmp_path / "secrets", "bps", "two")
    gone = hook(application, taken.url())
    hook(application, other.url(), "bps")
    publish(application, tmp_path)
    with Session(application) as session, session.begin():
        later = service.put_test(session, gone, by="siti", now=NOW + timedelta(hours=1))
    assert send() == Tally(accepted=1, refused=1)
    with Session(application) as session:
        rows = {row.id: row for row in webhooks(session, withdrawn=True)}
        assert (rows[gone].withdrawn_by, rows[gone].withdrawn_because) == ("engine", service.GONE)
        assert [row.name for row in webhooks(session)] == ["bps"]
        waiting = session.execute(text("SELECT state, because FROM delivery WHERE id = :id"), {"id": later}).one()
        assert tuple(waiting) == ("cancelled", "overtaken by the withdrawal of the webhook pusdatin")
        events = session.scalars(text("SELECT payload FROM audit_event WHERE payload LIKE '%webhook.withdrawn%'")).all()
        assert len(events) == 1
        assert '"actor":"engine"' in events[0]
    again = hook(application, taken.url())
    with Session(application) as session, session.begin():
        service.put_test(session, again, by="siti", now=NOW)
    assert send(NOW + timedelta(hours=2)) == Tally(accepted=1)


def tried(engine: Engine, webhook_id: int) -> None:
    with Session(engine) as session, session.begin():
        service.put_test(session, webhook_id, by="siti", now=NOW)


def withdrawn(engine: Engine, webhook_id: int) -> None:
    with Session(engine) as session, session.begin():
        service.withdraw(session, webhook_id, because="moved", by="siti", now=NOW)


def test_a_webhook_added_anew_is_called_whatever_the_former_one_heard(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str]
) -> None:
    """A person withdraws it while its last message is on the way, and that one is answered 410."""
    taken = receiver(410, 200)
    first = hook(application, taken.url())
    tried(application, first)
    taken.meanwhile = lambda: withdrawn(application, first)
    assert send() == Tally(refused=1)
    taken.meanwhile = lambda: None
    tried(application, hook(application, taken.url()))
    assert send() == Tally(accepted=1)
    with Session(application) as session:
        assert [row.name for row in webhooks(session)] == ["pusdatin"]


def test_a_webhook_that_is_gone_takes_no_other_with_it(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str], tmp_path: Path
) -> None:
    """Paths that differ by capital letters are different ones, and so are two webhooks at the same one."""
    taken = receiver(403, 410, 200)
    for name in ("upper", "same"):
        secret(tmp_path / "secrets", name, "one")
    upper, gone = hook(application, taken.url("/RANHAM"), "upper"), hook(application, taken.url())
    tried(application, upper)
    assert send() == Tally(refused=1)
    same = hook(application, taken.url(), "same")
    tried(application, gone)
    assert send() == Tally(refused=1)
    for each in (upper, same):
        tried(application, each)
    assert send() == Tally(accepted=2)
    with Session(application) as session:
        assert [row.name for row in webhooks(session)] == ["upper", "same"]


def test_nothing_is_sent_any_more_to_a_webhook_that_was_withdrawn_also_not_again(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str]
) -> None:
    """A message that was tried before has its content already, and no round has settled anything since."""
    taken = receiver(503, 200)
    made = hook(application, taken.url())
    tried(application, made)
    assert send() == Tally(deferred=1)
    withdrawn(application, made)
    later = NOW + timedelta(hours=1)
    assert send_due(COMPOSERS, holds=HOLDS, now=lambda: later, routes=configured()) == Tally(withdrawn=1)
    assert len(taken.got) == 1
    assert states(application) == {"release_webhook:1": "cancelled"}


def test_what_else_waits_is_cancelled_as_soon_as_the_receiver_is_gone(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str]
) -> None:
    taken = receiver(410)
    made = hook(application, taken.url())
    for _ in range(3):
        tried(application, made)
    assert send() == Tally(refused=1)
    assert len(taken.got) == 1
    assert sorted(states(application).values()) == ["cancelled", "cancelled", "permanent_failure"]


def test_what_was_refused_is_sent_again_by_a_person(
    application: Engine, receiver: Callable[..., Receiver], lines: list[str], tmp_path: Path
) -> None:
    taken = receiver(403, 200)
    hook(application, taken.url())
    publish(application, tmp_path)
    assert send() == Tally(refused=1)
    with unit_of_work() as session:
        ids = session.scalars(text("SELECT id FROM delivery")).all()
        assert retry(session, ids, now=NOW) == 1
    assert send() == Tally(accepted=1)
