"""Webhooks through the worker, against a real server: what each answer means, and that a receiver can check them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from ranham.kernel import clock
from ranham.outbox.deliveries import Tally
from ranham.outbox.routes import configured
from tests.outbox.deliveries import NOW, attempts, make, new, send, states
from tests.outbox.webhooks.receiver import CLOSE, DRIP, HANG, Receiver, genuine, receiving, routes, secret

Receivers = Callable[..., Receiver]
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def receiver() -> Iterator[Receivers]:
    with ExitStack() as opened:
        yield lambda *answers: opened.enter_context(receiving(*answers))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    secret(tmp_path / "secrets", "pusdatin", "one")
    return tmp_path / "secrets"


def post(engine: Engine, *receivers: Receiver, name: str = "pusdatin") -> None:
    make(engine, *(new(f"w{n}", each.url(), channel="webhook", name=name) for n, each in enumerate(receivers, 1)))


def test_what_was_taken_is_signed_and_names_itself(application: Engine, receiver: Receivers, folder: Path) -> None:
    taken = receiver()
    post(application, taken)
    assert send(routes(folder)) == Tally(accepted=1)
    (got,) = taken.got
    assert states(application) == {"w1": "delivered_to_provider"}
    with application.connect() as connection:
        identity = connection.scalar(text("SELECT message_id::text FROM delivery"))
    assert (got.path, got.headers["webhook-id"], got.headers["content-type"]) == (
        "/ranham",
        identity,
        "application/json",
    )
    assert abs(clock.real_now().timestamp() - int(got.headers["webhook-timestamp"])) < 300
    own = secret(folder, "pusdatin", "one")
    assert genuine(got, *own, *secret(folder, "other", "other")) == [True, False]


def test_while_a_secret_is_exchanged_either_of_both_fits(
    application: Engine, receiver: Receivers, folder: Path
) -> None:
    taken = receiver()
    both = secret(folder, "pusdatin", "two", "one")
    post(application, taken)
    assert send(routes(folder)).accepted == 1
    assert genuine(taken.got[0], *both) == [True, True]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "delivered_to_provider"),
        (299, "delivered_to_provider"),
        (302, "temporary_failure"),
        (400, "permanent_failure"),
        (404, "permanent_failure"),
        (408, "temporary_failure"),
        (410, "permanent_failure"),
        (425, "temporary_failure"),
        (429, "temporary_failure"),
        (500, "temporary_failure"),
        (503, "temporary_failure"),
    ],
)
def test_each_status_leads_to_its_state(
    application: Engine, receiver: Receivers, folder: Path, status: int, state: str
) -> None:
    taken = receiver(status)
    post(application, taken)
    send(routes(folder))
    assert states(application) == {"w1": state}
    assert attempts(application, "w1")[0][2].startswith(f"answered {status}")
    assert [got.path for got in taken.got] == ["/ranham"]  # no redirect was followed
    with application.connect() as connection:
        failed = connection.scalars(text("SELECT address FROM address_failure")).all()
    assert failed == []  # the receiver wants this webhook no more; a new one at the same address is another matter


def test_a_receiver_that_fails_gets_the_same_message_again_under_the_same_id(
    application: Engine, receiver: Receivers, folder: Path
) -> None:
    taken = receiver(500, CLOSE, 200)
    own = secret(folder, "pusdatin", "one")
    post(application, taken)
    assert send(routes(folder)) == Tally(deferred=1)
    assert send(routes(folder)) == Tally()  # its time has not come
    assert send(routes(folder), LATER) == Tally(deferred=1)
    assert send(routes(folder), LATER + timedelta(hours=1)) == Tally(accepted=1)
    assert [outcome for _, outcome, _ in attempts(application, "w1")] == ["deferred", "unknown", "accepted"]
    assert len({(got.headers["webhook-id"], got.body) for got in taken.got}) == 1
    assert [genuine(got, *own) for got in taken.got] == [[True]] * 3


@pytest.mark.parametrize(
    ("asked", "hours"),
    [
        ("7200", 2),
        ("{in_three_hours}", 3),
        ("999999999", 24),  # no longer than a day, whatever is asked for
        ("60", 0),  # less than our own wait
        ("soon", 0),
        ("-5", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
    ],
)
def test_who_asks_for_patience_gets_it(
    application: Engine, receiver: Receivers, folder: Path, asked: str, hours: int
) -> None:
    taken = receiver(503)
    in_three_hours = format_datetime(clock.real_now() + timedelta(hours=3), usegmt=True)
    taken.wait = asked.format(in_three_hours=in_three_hours)
    post(application, taken)
    assert send(routes(folder)) == Tally(deferred=1)
    with application.connect() as connection:
        waits = connection.scalars(text("SELECT next_attempt_at - :now FROM delivery"), {"now": NOW}).one()
    assert round(waits / timedelta(hours=1)) == hours
    assert waits >= timedelta(seconds=300)


@pytest.mark.parametrize("silence", [HANG, DRIP])
def test_who_does_not_answer_in_time_is_left_and_asked_again(
    application: Engine, receiver: Receivers, folder: Path, silence: int
) -> None:
    taken = receiver(silence)
    post(application, taken)
    assert send(routes(folder, timeout_seconds=0.3)) == Tally(deferred=1)
    assert states(application) == {"w1": "temporary_failure"}
    ((_, outcome, reply),) = attempts(application, "w1")
    assert (outcome, reply.partition(":")[0]) == ("unknown", "no answer, it may have arrived")


def test_a_receiver_that_fails_holds_up_no_other(application: Engine, receiver: Receivers, folder: Path) -> None:
    """Each has a server of its own, so three failures in a row say nothing about the fourth."""
    good = receiver()
    gone = [Receiver(port) for port in range(1, 5)]
    post(application, *gone, good)
    assert send(routes(folder)) == Tally(accepted=1, deferred=4)
    assert attempts(application, "w1")[0][1] == "unreachable"


def test_what_is_given_up_says_so(application: Engine, receiver: Receivers, folder: Path) -> None:
    taken = receiver(500)
    post(application, taken)
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery SET attempts = 47"))
    assert send(routes(folder)) == Tally(failed=1)
    assert states(application) == {"w1": "technical_failure"}


def test_a_secret_that_is_missing_stops_its_own_webhook_only(
    application: Engine, receiver: Receivers, folder: Path
) -> None:
    bad, good = receiver(), receiver()
    make(
        application,
        new("a", bad.url(), channel="webhook", name="nobody"),
        new("b", good.url(), channel="webhook", name="pusdatin"),
    )
    assert send(routes(folder)) == Tally(failed=1, accepted=1)
    assert states(application) == {"a": "technical_failure", "b": "delivered_to_provider"}
    assert bad.got == []


def test_without_a_folder_of_secrets_nothing_goes(application: Engine, receiver: Receivers) -> None:
    taken = receiver()
    post(application, taken)
    assert send(routes(None)) == Tally(failed=1)
    assert "RANHAM_WEBHOOK_SECRETS_DIR" in attempts(application, "w1")[0][2]
    assert taken.got == []


def test_a_setting_that_cannot_be_understood_stops_webhooks_and_no_e_mail(
    application: Engine, receiver: Receivers, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_WEBHOOK_SECRETS_DIR", str(folder))
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", "127.0.0.5/16")
    taken = receiver()
    post(application, taken)
    make(application, new("mail"))
    assert send(configured()) == Tally(accepted=1, failed=1)
    assert states(application) == {"w1": "technical_failure", "mail": "delivered_to_provider"}
    ((_, outcome, reply),) = attempts(application, "w1")
    assert (outcome, reply.partition(",")[0]) == (
        "misconfigured",
        "RANHAM_WEBHOOK_NETWORKS: found something else (not shown)",
    )
    assert taken.got == []


@pytest.mark.parametrize("networks", [None, "10.0.0.0/8"])
def test_what_leads_into_a_network_that_nobody_named_is_never_connected_to(
    application: Engine, receiver: Receivers, folder: Path, networks: str | None
) -> None:
    taken = receiver()
    make(
        application,
        new("plain", taken.url(), channel="webhook", name="pusdatin"),
        new("tls", f"https://localhost:{taken.port}/", channel="webhook", name="pusdatin"),
    )
    assert send(routes(folder, networks=networks)) == Tally(refused=2)
    assert taken.got == []
    assert "no public address; RANHAM_WEBHOOK_NETWORKS" in attempts(application, "tls")[0][2]
