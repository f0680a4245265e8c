"""What goes into a delivery, and what is asked of whoever composes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy.orm import Session

APART = ("webhook",)
"""Channels whose addresses are servers each of its own: what one does says nothing of the channel, and the address itself
never fails for good, since whoever adds it anew means it. Such addresses differ by capital letters too."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    key: str
    """What makes it this message, for example `reminder:123`: the same key is sent once."""
    kind: str
    ref: int
    channel: str
    address: str
    name: str
    language: str
    not_before: datetime
    expires_at: datetime | None
    """From then on it is cancelled instead of sent."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Content:
    subject: str
    text: str
    html: str | None
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str | None = None
    """Address (mailto: or https:) for the header List-Unsubscribe."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nothing is to be said any more; the delivery is cancelled with this reason."""

    because: str


@dataclass(frozen=True, slots=True)
class Due:
    id: int
    kind: str
    ref: int
    channel: str
    address: str
    name: str
    language: str
    message_id: str
    """The Message-ID without its domain; a UUID, the same in each attempt."""


Compose = Callable[[Session, Sequence[Due], datetime], Mapping[int, Content | Withdrawn]]
"""Makes the contents of many deliveries of one kind at a time, by `Due.id`. It may read and write in the session, and
never commits; what it makes is stored with the same commit, before anything is sent."""

Hold = Callable[[Session, Sequence[Due], datetime], Mapping[int, datetime | Withdrawn]]
"""Which deliveries of one kind have to wait, and until when, or are not to be sent any more, by `Due.id`. Asked before every
attempt, also where the content is there already, and it only reads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about the deliveries of each kind."""

    composers: Mapping[str, Compose]
    holds: Mapping[str, Hold]
    """Kinds that are not here may be sent at any time."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of deliveries, in numbers."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    failed: int = 0
    unknown: int = 0
    withdrawn: int = 0
    expired: int = 0
    blocked: int = 0
    released: int = 0
    """Claimed and given back, not begun."""
    held: int = 0
    """Their time of day is not now; they wait until it is."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Tally)))

    @property
    def sent(self) -> int:
        """Attempts that were made, whatever came of them."""
        return self.accepted + self.deferred + self.refused + self.failed + self.unknown
