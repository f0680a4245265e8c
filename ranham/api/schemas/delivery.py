"""Messages of the outbox, and what providers tell of them later."""

from typing import Annotated

from pydantic import Field

from ranham.api.schemas.fields import WORDS, Cursor, Inbound, Instant, Outbound, example
from ranham.outbox.deliveries.reporting import Taken
from ranham.outbox.states import Report, State

DELIVERY = {
    "id": 412, "kind": "reminder", "ref": 97, "channel": "email", "address": "sekda@serangkab.go.id",
    "name": "Sekda Serang", "state": "delivered", "state_at": "2022-09-05T02:00:07Z",
    "created_at": "2022-09-05T01:00:00Z", "not_before": "2022-09-05T02:00:00Z", "attempts": 1,
    "next_attempt_at": "2022-09-05T02:00:00Z", "provider": "smtp", "because": None,
}  # fmt: skip
COUNT = {"state": "delivered", "channel": "email", "deliveries": 1140, "oldest": "2022-08-30T01:00:04Z"}


class DeliveryFilter(Inbound):
    state: State | None = None
    channel: Annotated[str, Field(pattern=r"^[a-z]{1,40}$")] | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=500, description="Most items in a page, the newest first.")] = 100


class DeliveryOut(Outbound):
    model_config = example(DELIVERY)

    id: int
    kind: str
    ref: int
    """What it tells of; of kind reminder a row of the ledger."""
    channel: str
    address: str
    name: str
    state: State
    state_at: Instant
    created_at: Instant
    not_before: Instant
    attempts: int
    next_attempt_at: Instant
    provider: str | None
    because: str | None
    """Why it was cancelled, or the last refusal."""


class DeliveryCountOut(Outbound):
    model_config = example(COUNT)

    state: State
    channel: str
    deliveries: int
    oldest: Instant


class DeliveriesOut(Outbound):
    model_config = example({"counts": [COUNT], "items": [DELIVERY], "next": None})

    counts: list[DeliveryCountOut]
    """Of all messages, whatever was asked for."""
    items: list[DeliveryOut]
    next: str | None
    """Address of the next page; empty on the last."""


class CallbackIn(Inbound):
    model_config = example(
        {"provider": "gateway", "provider_ref": "SM123", "message_id": None, "status": "delivered", "reply": None}
    )

    provider: Annotated[str, Field(min_length=1, max_length=80, pattern=WORDS)] | None = None
    provider_ref: Annotated[str, Field(min_length=1, max_length=200, pattern=WORDS)] | None = None
    """What the provider calls the message; with `provider`. Or:"""
    message_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")] | None = None
    """The part of our Message-ID before the @."""
    status: Report
    reply: Annotated[str, Field(max_length=1000, pattern=WORDS)] | None = None


class CallbackOut(Outbound):
    model_config = example({"taken": "changed"})

    taken: Taken
    """`known`: the message stands so already, or further on."""
