"""Every way in which a real e-mail server may answer, and the state in which the message ends."""

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from ranham.outbox.deliveries import Tally
from tests.outbox.conftest import MailServer
from tests.outbox.deliveries import NOW, attempts, by_email, make, new, send, states

Start = Callable[..., MailServer]


def test_each_answer_of_the_server_leads_to_its_state(application: Engine, mail_server: Start) -> None:
    server = mail_server()
    make(
        application,
        *(new(k, f"{k}.1@example.go.id") for k in ("good", "later", "nobody", "policy", "spam", "full", "fine")),
        new("odd", "a b@example.go.id"),
    )
    tally = send(by_email(server.provider()))
    assert states(application) == {
        "good": "delivered_to_provider",
        "later": "temporary_failure",
        "nobody": "permanent_failure",
        "policy": "permanent_failure",
        "spam": "permanent_failure",
        "full": "temporary_failure",
        "fine": "delivered_to_provider",
        "odd": "permanent_failure",
    }
    assert tally == Tally(accepted=2, deferred=2, refused=4)
    assert server.taken() == ["good", "fine"]
    assert attempts(application, "nobody") == [(1, "refused", "recipient: 550 5.1.1 no such user")]
    assert send(by_email(server.provider())) == Tally()
    with application.connect() as connection:
        failed = connection.scalars(text("SELECT address FROM address_failure ORDER BY 1")).all()
    assert failed == ["a b@example.go.id", "nobody.1@example.go.id"]  # not those whose server dislikes us


@pytest.mark.parametrize(
    ("mood", "state"),
    [
        ("hangup", "temporary_failure"),
        ("closing", "temporary_failure"),
        ("dropped", "unknown"),
        ("slow", "unknown"),
    ],
)
def test_what_is_lost_before_the_message_is_tried_again_and_what_is_lost_after_it_is_unknown(
    application: Engine, mail_server: Start, mood: str, state: str
) -> None:
    server = mail_server()
    make(application, new("a"), new("b", f"{mood}@example.go.id"), new("c"))
    send(by_email(server.provider(timeout_seconds=1.5)))
    assert states(application) == {"a": "delivered_to_provider", "b": state, "c": "delivered_to_provider"}
    assert server.taken() == ["a", "c"]
    send(by_email(server.provider(timeout_seconds=1.5)), NOW + timedelta(days=1))
    assert len(attempts(application, "b")) == (1 if state == "unknown" else 2)


@pytest.mark.parametrize("greeting", ["554 go away", "nonsense"])
def test_a_bad_greeting_is_no_fault_of_the_message_and_the_rest_waits(
    application: Engine, mail_server: Start, greeting: str
) -> None:
    server = mail_server("--greeting", greeting)
    make(application, *(new(f"m{n}") for n in range(5)))
    tally = send(by_email(server.provider(timeout_seconds=2)))
    assert tally == Tally(deferred=3, released=2)
    assert list(states(application).values()) == ["temporary_failure"] * 3 + ["created"] * 2


def test_nobody_at_the_port_is_a_failure_for_now(application: Engine, mail_server: Start) -> None:
    server = mail_server()
    server.stop()
    make(application, new("a"))
    assert send(by_email(server.provider())) == Tally(deferred=1)
    assert states(application) == {"a": "temporary_failure"}


def test_a_server_that_wants_a_password_gets_it_from_a_file_and_no_record_shows_it(
    application: Engine, mail_server: Start, tmp_path: Path
) -> None:
    server = mail_server("--auth")
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("secret\n")
    wrong.write_text("hunter2\n")
    make(application, *(new(f"m{n}") for n in range(4)))
    settled = [
        send(by_email(server.provider(**options)), limit=1)
        for options in (
            {},
            {"user": "ranham", "password_file": wrong},
            {"user": "ranham", "password_file": tmp_path / "missing"},
            {"user": "ranham", "password_file": right},
        )
    ]
    assert settled == [Tally(failed=1)] * 3 + [Tally(accepted=1)]
    assert list(states(application).values()) == ["technical_failure"] * 3 + ["delivered_to_provider"]
    said = str([attempts(application, f"m{n}") for n in range(4)])
    assert "530" in said
    assert "535" in said
    assert "hunter2" not in said
    assert "secret" not in said


def test_a_wrong_password_costs_one_message_and_the_others_wait(
    application: Engine, mail_server: Start, tmp_path: Path
) -> None:
    (tmp_path / "wrong").write_text("hunter2")
    make(application, *(new(f"m{n}") for n in range(4)))
    provider = mail_server("--auth").provider(user="ranham", password_file=tmp_path / "wrong")
    assert send(by_email(provider)) == Tally(failed=1, released=3)


def test_after_repeated_failures_the_next_provider_is_asked(application: Engine, mail_server: Start) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        first = mail_server(log="unused")
        dead = first.provider(port=nobody.getsockname()[1])
        second = mail_server()
        make(application, *(new(f"m{n}") for n in range(6)))
        routes = by_email(dead, second.provider("second"))
        assert send(routes) == Tally(accepted=3, deferred=3)
        assert send(routes, NOW + timedelta(days=1)) == Tally(accepted=3)
    assert sorted(second.taken()) == [f"m{n}" for n in range(6)]


def test_what_nobody_can_sign_in_for_goes_by_the_next_provider_at_once(application: Engine, mail_server: Start) -> None:
    first, second = mail_server("--auth", log="unused"), mail_server()
    make(application, new("a"), new("b"))
    tally = send(by_email(first.provider(), second.provider("second")))
    assert tally == Tally(accepted=2, deferred=1)
    assert [outcome for _, outcome, _ in attempts(application, "a")] == ["misconfigured", "accepted"]
