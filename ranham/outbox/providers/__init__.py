"""Who takes messages: e-mail servers, gateways, a folder. All look the same from here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ranham.outbox.shapes import Content
from ranham.outbox.states import Outcome

MOST_REPLY = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a provider needs; the same at each attempt."""

    id: int
    key: str
    message_id: str
    channel: str
    address: str
    name: str
    language: str
    content: Content
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    reply: str | None = None
    provider_ref: str | None = None
    address_failed: bool = False
    """The address itself is wrong: nothing more is sent to it until it is mended."""
    alone: bool = False
    """It is about this recipient alone, as each has a server of its own: the provider goes on with the others."""
    wait_seconds: int | None = None
    """How long it asks to be left alone, where the message is tried again."""


class Line(Protocol):
    """A connection to a provider, used by one thread."""

    @property
    def open(self) -> bool:
        """Whether the next message goes without connecting first."""

    def connect(self) -> Answer | None:
        """Make it ready; None, or why not. Nothing of any message is told yet."""

    def send(self, letter: Letter) -> Answer:
        """Hand one message over. It never raises for what the provider does or says."""

    def close(self) -> None: ...


class Provider(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def repeatable(self) -> bool:
        """The same message twice is one message: nothing is ever unknown."""

    @property
    def per_minute(self) -> int | None: ...

    def line(self) -> Line: ...


def reply_of(said: bytes | str) -> str:
    """What was said, on one line and not endlessly long."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    shown = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(shown.split())[:MOST_REPLY]
