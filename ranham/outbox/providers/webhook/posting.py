"""One signed POST for each message, over a connection of its own. No redirect is followed and no proxy used."""

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

import httpcore

from ranham.kernel import clock
from ranham.kernel.webhook_settings import WebhookSettings
from ranham.outbox.providers import Answer, Letter, reply_of
from ranham.outbox.providers.webhook.guard import Deadline, GuardedNetwork, NotAllowed, networks_of
from ranham.outbox.providers.webhook.signing import Unreadable, read_secrets, signature
from ranham.outbox.states import Outcome

GONE = 410
WANTS_NO_MORE = f"answered {GONE}: the receiver wants no more"
"""What is kept of that answer; whoever asks for webhooks that are gone finds it by these words."""
FOR_NOW = frozenset({408, 425, 429})
"""Of 4xx those that say: later."""
SECONDS = re.compile(rb"[0-9]{1,9}")
NOT_BEGUN = (httpcore.ConnectError, httpcore.ConnectTimeout)
LOST = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)


@dataclass(frozen=True, slots=True)
class Webhook:
    settings: WebhookSettings
    name: str = "webhook"
    per_minute: int | None = None
    fault: str | None = None
    """Why nothing can be sent at all."""

    @property
    def repeatable(self) -> bool:
        return True

    def line(self) -> "WebhookLine":
        return WebhookLine(self.settings, self.fault)


@dataclass(slots=True)
class WebhookLine:
    settings: WebhookSettings
    fault: str | None = None
    open: bool = field(default=False)

    def connect(self) -> Answer | None:
        """Each receiver is connected to by itself; here only what all of them need."""
        if self.fault is not None:
            return Answer(Outcome.MISCONFIGURED, self.fault)
        if self.settings.secrets_dir is None:
            return Answer(Outcome.MISCONFIGURED, "RANHAM_WEBHOOK_SECRETS_DIR is not set, see docs/webhooks.md")
        self.open = True
        return None

    def send(self, letter: Letter) -> Answer:
        body, seconds = letter.content.text.encode(), int(clock.real_now().timestamp())
        try:
            secrets = read_secrets(self.settings.secrets_dir, letter.name)
        except Unreadable as error:
            return Answer(Outcome.MISCONFIGURED, str(error), alone=True)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "RANHAM",
            "Connection": "close",
            "Webhook-Id": letter.message_id,
            "Webhook-Timestamp": str(seconds),
            "Webhook-Signature": signature(secrets, letter.message_id, seconds, body),
        }
        try:
            status, wait = self._post(letter.address, headers, body)
        except NotAllowed as error:
            return Answer(Outcome.REFUSED, str(error), alone=True)
        except (Unreadable, httpcore.UnsupportedProtocol, ValueError) as error:
            return Answer(Outcome.MISCONFIGURED, str(error), alone=True)
        except NOT_BEGUN as error:
            return Answer(Outcome.UNREACHABLE, f"no connection: {_words(error)}", alone=True)
        except LOST as error:
            return Answer(Outcome.UNKNOWN, f"no answer, it may have arrived: {_words(error)}", alone=True)
        return _said(status, wait)

    def close(self) -> None:
        self.open = False

    def _post(self, address: str, headers: dict[str, str], body: bytes) -> tuple[int, int | None]:
        """The status, and the wait it asks for; the answer's body is not read, as nothing depends on it."""
        deadline, secure = Deadline.after(self.settings.timeout_seconds), urlsplit(address).scheme == "https"
        network = GuardedNetwork(networks_of(self.settings.networks), secure, deadline)
        trust = _trust(self.settings.ca_file) if secure else None
        with (
            httpcore.ConnectionPool(ssl_context=trust, network_backend=network, max_connections=1) as pool,
            pool.stream("POST", address, headers=list(headers.items()), content=body) as response,
        ):
            return response.status, _asked(response.headers, clock.real_now())


def _asked(headers: Sequence[tuple[bytes, bytes]], now: datetime) -> int | None:
    """Seconds of `Retry-After`, which says either a number or a date; None where it says neither."""
    said = next((value for name, value in headers if name.lower() == b"retry-after"), b"").strip()
    if SECONDS.fullmatch(said):
        return int(said)
    try:
        until = parsedate_to_datetime(said.decode("ascii"))
    except (ValueError, OverflowError):
        return None
    return max(0, ceil((until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()))


def _said(status: int, wait: int | None) -> Answer:
    reply = f"answered {status}"
    if 300 <= status < 400:
        reply += ", and no redirect is followed"
    if 200 <= status < 300:
        return Answer(Outcome.ACCEPTED, reply)
    if status == GONE:
        return Answer(Outcome.REFUSED, WANTS_NO_MORE, alone=True)
    if 400 <= status < 500 and status not in FOR_NOW:
        return Answer(Outcome.REFUSED, reply, alone=True)
    if wait:
        reply += f", and asks for {wait} s of patience"
    return Answer(Outcome.DEFERRED, reply, alone=True, wait_seconds=wait)


def _words(error: Exception) -> str:
    return reply_of(str(error)) or type(error).__name__


@cache
def _trust(file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise Unreadable(f"RANHAM_WEBHOOK_CA_FILE {file} cannot be read: {type(error).__name__}") from None
