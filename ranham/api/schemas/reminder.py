"""Why a unit was reminded, or was not."""

from typing import Literal

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
