from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.cli.command import Answer, ranham
from tests.outbox.webhooks.receiver import LOOPBACK, Receiver, genuine, receiving

Webhook = Callable[..., Answer]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def folder(application: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "secrets"
    made.mkdir()
    monkeypatch.setenv("RANHAM_WEBHOOK_SECRETS_DIR", str(made))
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", LOOPBACK)
    return made


@pytest.fixture
def webhook(capsys: pytest.CaptureFixture[str]) -> Webhook:
    def run(*arguments: str) -> Answer:
        return ranham(capsys, "release", "webhook", *arguments)

    return run


def test_a_webhook_is_made_tried_out_and_withdrawn(folder: Path, receiver: Receiver, webhook: Webhook) -> None:
    added = webhook("add", "pusdatin", receiver.url(), "--as", "siti")
    assert (added.code, "is told of releases" in added.out) == (0, True)
    assert "ranham release webhook secret pusdatin" in added.err.replace("\n", " ")
    assert webhook("test", "pusdatin").code == 1  # without a secret
    made = webhook("secret", "pusdatin")
    lines = (folder / "pusdatin").read_text().split()
    assert (made.code, lines[0] in made.out + made.err) == (0, False)
    tried = webhook("test", "pusdatin")
    assert (tried.code, "answered 204" in tried.out) == (0, True)
    assert genuine(receiver.got[-1], *lines) == [True]
    assert webhook("secret", "pusdatin").code == 0
    assert webhook("secret", "pusdatin").code == 1
    assert webhook("test", "pusdatin").code == 0
    assert genuine(receiver.got[-1], *(folder / "pusdatin").read_text().split()) == [True, True]
    assert webhook("secret", "pusdatin", "--drop-old").code == 0
    (row,) = webhook("list", "--format", "json").json
    assert (row["told"], row["taken"], row["waiting"], row["created_by"]) == (3, 2, 0, "siti")
    assert webhook("withdraw", "pusdatin", "--because", "moved").code == 0
    assert webhook("list", "--format", "json").json == []
    assert len(webhook("list", "--withdrawn", "--format", "json").json) == 1
    assert webhook("test", "pusdatin").code == 1


def test_only_the_one_that_is_tried_out_is_sent(
    application: Engine, folder: Path, receiver: Receiver, webhook: Webhook
) -> None:
    for name in ("a", "b"):
        webhook("add", name, receiver.url(f"/{name}"))
        webhook("secret", name)
    receiver.answers[:] = [503]
    tried = webhook("test", "a")
    assert (tried.code, "answered 503" in tried.err) == (1, True)
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery SET next_attempt_at = now()"))
    receiver.answers[:] = [200]
    assert webhook("test", "b").code == 0
    assert [got.path for got in receiver.got] == ["/a", "/b"]


def test_a_receiver_that_is_gone_is_withdrawn_at_once(folder: Path, receiver: Receiver, webhook: Webhook) -> None:
    webhook("add", "old", receiver.url())
    webhook("secret", "old")
    receiver.answers[:] = [410]
    assert webhook("test", "old").code == 1
    (row,) = webhook("list", "--withdrawn", "--format", "json").json
    assert (row["withdrawn_by"], row["withdrawn_because"]) == ("engine", "the receiver answered 410 Gone")


def test_http_and_other_events_are_refused(folder: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANHAM_WEBHOOK_NETWORKS")
    refused = webhook("add", "a", "http://data.example.go.id/")
    assert (refused.code, "RANHAM_WEBHOOK_NETWORKS" in refused.err) == (3, True)
    assert webhook("add", "a", "https://data.example.go.id/", "--event", "webhook.test").code == 3
    assert webhook("add", "a", "https://data.example.go.id/", "--event", "release.dropped").code == 0


def test_what_is_wrong_with_a_secret_or_the_settings_is_a_sentence(
    folder: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "latin").write_bytes(b"\xe9")
    for name, words in (("PUSDATIN", "expected small letters"), ("latin", "cannot be read: UnicodeDecodeError")):
        for more in ((), ("--drop-old",)):
            refused = webhook("secret", name, *more)
            assert (refused.code, words in " ".join(refused.err.split())) == (1, True), refused.err
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", "10.20.0.5/16")
    refused = webhook("add", "pusdatin", "https://data.example.go.id/")
    assert (refused.code, "RANHAM_WEBHOOK_NETWORKS: found something else" in " ".join(refused.err.split())) == (3, True)
    assert "10.20.0.5" not in refused.err


def test_who_asked_to_be_left_alone_is_not_tried_out_either(folder: Path, receiver: Receiver, webhook: Webhook) -> None:
    webhook("add", "busy", receiver.url())
    webhook("secret", "busy")
    receiver.answers[:], receiver.wait = [429], "7200"
    assert "asks for 7200 s of patience" in webhook("test", "busy").err.replace("\n", " ")
    again = webhook("test", "busy")
    assert (again.code, "busy asked to be left alone until" in again.err.replace("\n", " ")) == (1, True)
    assert len(receiver.got) == 1
