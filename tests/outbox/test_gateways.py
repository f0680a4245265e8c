"""Gateways through apprise, against a real HTTP server on this machine; their secrets show up nowhere."""

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import Engine, text

from ranham.kernel.errors import BadInput
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import Tally
from ranham.outbox.providers.gateway import Gateway
from ranham.outbox.routes import Routes, configured
from tests.outbox.deliveries import attempts, make, new, send, states

SECRET = "t0psecret"  # noqa: S105 - it is none


class Answers(BaseHTTPRequestHandler):
    """Takes, refuses or hangs up as the recipient's name says."""

    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "hangup" in self.path:
            self.connection.close()
            return
        self.got.append((self.path, body))
        self.send_response(500 if "later" in self.path else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Answers.got = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_gateway_s_answers_lead_to_their_states_and_its_secret_stays_inside(
    application: Engine, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    make(application, *(new(k, k, channel="whatsapp") for k in ("good", "later", "hangup")))
    gateway = Gateway("waba", f"json://user:{SECRET}@127.0.0.1:{port}/send/{{address}}")
    tally = send(Routes({"whatsapp": [gateway]}))
    assert states(application) == {"good": "delivered_to_provider", "later": "temporary_failure", "hangup": "unknown"}
    assert tally == Tally(accepted=1, deferred=1, unknown=1)
    assert [path for path, _ in Answers.got] == ["/send/good", "/send/later"]
    assert b"Pengingat 1" in Answers.got[0][1]
    seen = caplog.text + repr(gateway) + str([attempts(application, key) for key in states(application)])
    assert SECRET not in seen


def test_a_connection_lost_on_the_way_is_unknown_also_where_somebody_switched_off_the_log(
    application: Engine, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("apprise"), "disabled", True)
    make(application, new("hangup", "hangup", channel="whatsapp"))
    assert send(Routes({"whatsapp": [Gateway("waba", f"json://127.0.0.1:{port}/{{address}}")]})) == Tally(unknown=1)


def test_a_gateway_that_fails_without_a_word_leaves_the_message_unknown(application: Engine, port: int) -> None:
    make(application, new("later", "later", channel="whatsapp"))
    logging.disable(logging.CRITICAL)
    try:
        tally = send(Routes({"whatsapp": [Gateway("waba", f"json://127.0.0.1:{port}/{{address}}")]}))
    finally:
        logging.disable(logging.NOTSET)
    assert tally == Tally(unknown=1)


def test_a_gateway_that_is_not_there_is_a_failure_for_now(application: Engine) -> None:
    make(application, new("a", "a", channel="sms"))
    assert send(Routes({"sms": [Gateway("g", "json://127.0.0.1:1/{address}")]})) == Tally(deferred=1)
    assert states(application) == {"a": "temporary_failure"}


def test_a_gateway_whose_address_cannot_be_read_is_ours_to_mend(application: Engine) -> None:
    make(application, new("a", "a", channel="sms"))
    assert send(Routes({"sms": [Gateway("g", f"nonsense://{SECRET}")]})) == Tally(failed=1)
    assert attempts(application, "a") == [(1, "misconfigured", "the address of the gateway g cannot be read")]


def test_gateways_come_from_a_file_and_other_channels_then_have_nobody(
    application: Engine, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateways.yaml"
    file.write_text(f"whatsapp:\n- name: waba\n  url: json://127.0.0.1:{port}/{{address}}\n  per_minute: 60\n")
    monkeypatch.setenv("RANHAM_GATEWAYS_FILE", str(file))
    settings.cache_clear()
    make(application, new("a", "a", channel="whatsapp"), new("b", "b", channel="sms"))
    assert send(configured()) == Tally(accepted=1, failed=1)
    with application.connect() as connection:
        assert "channel sms" in str(connection.scalar(text("SELECT because FROM delivery WHERE key = 'b'")))


@pytest.mark.parametrize(
    "content",
    [
        "whatsapp: [",
        "- x",
        f"sms: json://{SECRET}",
        f"sms: [{{url: {SECRET}}}]",
        f"sms: [{{name: a, url: {SECRET}, per_minute: 0}}]",
        f"sms: [{{name: a, url: {SECRET}, token: b}}]",
    ],
)
def test_a_file_of_another_shape_is_refused_without_showing_it(
    application: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    file = tmp_path / "gateways.yaml"
    file.write_text(content)
    monkeypatch.setenv("RANHAM_GATEWAYS_FILE", str(file))
    settings.cache_clear()
    with pytest.raises(BadInput) as refused:
        configured()
    assert SECRET not in str(refused.value)
    assert str(file) in str(refused.value)
