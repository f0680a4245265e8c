"""Gateways to WhatsApp, Telegram, SMS and others, through the library apprise.

It says only whether a gateway took a message. What it logs says more, and holds addresses with secrets: it is read here,
for the reason of a failure, and goes nowhere else.
"""

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import apprise

from ranham.outbox.providers import Answer, Letter
from ranham.outbox.states import Outcome

NEVER_CONNECTED = ("NewConnectionError", "ConnectTimeout", "NameResolutionError", "Connection refused")
NO_ANSWER = ("Connection error", "Socket Exception")
PLACE = "{address}"

# Both would write addresses with secrets into our log.
LOGGER = logging.getLogger("apprise")
LOGGER.propagate = False
LOGGER.setLevel(logging.DEBUG)
LOGGER.addHandler(logging.NullHandler())
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Gateway:
    name: str
    url: str = field(repr=False)
    """As apprise reads it, with `{address}` where the recipient stands. It holds secrets."""
    per_minute: int | None = None

    @property
    def repeatable(self) -> bool:
        return False

    def line(self) -> "GatewayLine":
        return GatewayLine(self)


@dataclass(slots=True)
class GatewayLine:
    gateway: Gateway
    open: bool = False

    def connect(self) -> Answer | None:
        """There is no connection to hold; that the address can be read at all is seen here."""
        if PLACE not in self.gateway.url or _target(self.gateway.url, "62811000000") is None:
            return Answer(Outcome.MISCONFIGURED, f"the address of the gateway {self.gateway.name} cannot be read")
        self.open = True
        return None

    def send(self, letter: Letter) -> Answer:
        target = _target(self.gateway.url, letter.address)
        if target is None:
            return Answer(
                Outcome.REFUSED, f"{letter.address} is no address for {self.gateway.name}", address_failed=True
            )
        with tempfile.TemporaryDirectory() as folder, _heard() as said:
            taken = target.notify(
                title=letter.content.subject,
                body=letter.content.text,
                body_format=apprise.NotifyFormat.TEXT,
                attach=_attached(letter, Path(folder)) or None,
            )
        log = "\n".join(said)
        if taken:
            return Answer(Outcome.ACCEPTED)
        self.open = False
        if any(word in log for word in NEVER_CONNECTED):
            return Answer(Outcome.UNREACHABLE, "no connection to the gateway")
        if any(word in log for word in NO_ANSWER):
            return Answer(Outcome.UNKNOWN, "the connection was lost before the gateway answered")
        if not said:  # without a reason a message that arrived looks like one that was refused
            return Answer(Outcome.UNKNOWN, "the gateway did not say whether it took the message")
        return Answer(Outcome.DEFERRED, "the gateway did not take it")

    def close(self) -> None:
        self.open = False


class Ear(logging.Handler):
    """Hears what one thread's gateway says, and no other's."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.thread = threading.get_ident()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.said.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    ear = Ear()
    LOGGER.addHandler(ear)
    LOGGER.disabled = False  # a library that sets up logging may have switched off what exists
    try:
        yield ear.said
    finally:
        LOGGER.removeHandler(ear)


def _target(url: str, address: str) -> apprise.NotifyBase | None:
    made = apprise.Apprise.instantiate(url.replace(PLACE, quote(address, safe="+")), suppress_exceptions=True)
    return made if isinstance(made, apprise.NotifyBase) else None


def _attached(letter: Letter, folder: Path) -> list[str]:
    """As files, since gateways want them so; under their own names, which people see."""
    paths = []
    for number, each in enumerate(letter.content.attachments):
        path = folder / str(number) / Path(each.name).name
        path.parent.mkdir()
        path.write_bytes(each.data)
        paths.append(str(path))
    return paths
