"""Why a unit was reminded, or was not; what reminders did; digests."""

from typing import Annotated, Literal

from pydantic import Field

from ranham.api.schemas.fields import Inbound, Instant, Outbound, UnitCode, example
from ranham.outbox.states import State

REMINDER = {
    "rung": "t_minus_1", "occasion": "deadline 2022-09-06", "due_at": "2022-09-05T02:00:00Z",
    "send_at": "2022-09-05T02:00:00Z", "decision": "send", "because": None, "recipient": "contact:7",
    "address": "siti@serangkab.go.id", "delivery": "delivered",
}  # fmt: skip


class ReminderFilter(Inbound):
    unit_code: UnitCode


class ReminderOut(Outbound):
    model_config = example(REMINDER)

    rung: str
    """Step of the ladder."""
    occasion: str | None
    """What it counts from; an extension or a return makes a new one."""
    due_at: Instant | None
    send_at: Instant | None
    decision: Literal["send", "overtaken", "skipped", "nobody", "not yet", "none"]
    because: str | None
    """Why nothing was sent, or not yet."""
    recipient: str | None
    """`person:5`, `contact:7`, or `nobody`: there was nobody to write to."""
    address: str | None
    delivery: State | None
    """Where the message stands."""


class RemindersOut(Outbound):
    model_config = example({"items": [REMINDER]})

    items: list[ReminderOut]


EFFECT = {
    "rung": "t_minus_1", "province": None, "obliged": 542, "reminded": 310, "reported": 121, "messages": 318,
    "delivered": 305,
}  # fmt: skip
DIGEST = {
    "rung": "overdue_regional_office", "occasion": "deadline 2022-09-06", "unit_code": None, "office": "kanwil-36",
    "name": "Kanwil Banten", "recipient": "contact:12", "address": "kanwil@banten.go.id",
    "send_at": "2022-09-09T02:00:00Z", "decision": "send", "because": None, "units": ["36.03", "36.04"],
    "delivery": "delivered",
}  # fmt: skip


class EffectFilter(Inbound):
    days: Annotated[int, Field(ge=1, le=366, description="Reports within so many days of the message count.")] = 3
    by_province: Annotated[bool, Field(description="One row for each rung and province.")] = False


class EffectOut(Outbound):
    model_config = example(EFFECT)

    rung: str
    province: str | None
    """Code; empty for all together, and for what has no province."""
    obliged: int
    """Units that owe reports in the period: the denominator of reach."""
    reminded: int
    """Units that a message was about."""
    reported: int
    """Of these: sent a report within the days."""
    messages: int
    """The denominator of the share delivered."""
    delivered: int
    """As far as the provider says so."""


class EffectsOut(Outbound):
    model_config = example({"days": 3, "items": [EFFECT]})

    days: int
    items: list[EffectOut]


class DigestOut(Outbound):
    model_config = example(DIGEST)

    rung: str
    occasion: str
    unit_code: str | None
    """The province whose legal bureau gets it."""
    office: str | None
    """Key of the Kanwil; without a province and a Kanwil: the ministry."""
    name: str | None
    recipient: str
    address: str | None
    send_at: Instant
    decision: Literal["send", "overtaken", "skipped", "nobody"]
    because: str | None
    units: list[str]
    """Codes of the units that it listed when it was planned."""
    delivery: State | None


class DigestsOut(Outbound):
    model_config = example({"items": [DIGEST]})

    items: list[DigestOut]
