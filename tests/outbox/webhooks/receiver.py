"""A receiver of webhooks: a real HTTP server on this machine that answers as it is told, and checks signatures as a
receiver would, with the standard library only."""

import base64
import hashlib
import hmac
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ranham.kernel.webhook_settings import WebhookSettings
from ranham.outbox.providers.webhook import Webhook
from ranham.outbox.routes import Routes

LOOPBACK = "127.0.0.0/8, ::1"
HANG, CLOSE, DRIP = -1, -2, -3
"""Answers that are none: silence, the connection closed after reading, a byte now and then."""


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    port: int
    answers: list[int] = field(default_factory=list)
    """Statuses in turn; the last one is repeated, without any it is 204."""
    got: list[Got] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Ends every silence."""
    meanwhile: Callable[[], None] = lambda: None
    """What happens between reading and answering."""
    wait: str | None = None
    """`Retry-After` of its answers."""
    scheme: str = "http"
    host: str = "127.0.0.1"

    def url(self, path: str = "/ranham") -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0] if self.answers else 204


class Listening(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.receiver.meanwhile()
        status = self.receiver.answer()
        if status == DRIP:
            while not self.receiver.released.wait(0.05):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: y" if not self.receiver.released.is_set() else b"")
        elif status == HANG:
            self.receiver.released.wait(30)
        if status > 0:
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", self.receiver.url("/elsewhere"))
            if self.receiver.wait is not None:
                self.send_header("Retry-After", self.receiver.wait)
            self.send_header("Content-Length", "0")
            self.end_headers()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Who is hung up on makes no noise."""


@contextmanager
def receiving(*answers: int, certificate: Path | None = None) -> Iterator[Receiver]:
    made = Receiver(0, list(answers))
    server = Server(("127.0.0.1", 0), type("Of", (Listening,), {"receiver": made}))
    server.daemon_threads = True
    made.port = server.server_port
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        made.scheme, made.host = "https", "localhost"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def genuine(got: Got, *secrets: str) -> list[bool]:
    """For each secret, a line of its file, whether the message is signed with it."""
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    versions = [each.partition(",") for each in got.headers["webhook-signature"].split(" ")]
    found = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        found.append(any(v == "v1" and hmac.compare_digest(said, expected) for v, _, said in versions))
    return found


def secret(folder: Path, name: str, *seeds: str) -> list[str]:
    """The file of a webhook with a secret for each seed."""
    folder.mkdir(exist_ok=True)
    lines = [f"whsec_{base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()}" for seed in seeds]
    (folder / name).write_text("".join(f"{line}\n" for line in lines))
    return lines


def routes(folder: Path | None, **changed: Any) -> Routes:
    said = {"secrets_dir": folder, "networks": LOOPBACK, "timeout_seconds": 20, **changed}
    return Routes({"webhook": (Webhook(WebhookSettings(**said)),)})
