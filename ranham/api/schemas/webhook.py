"""Webhooks: addresses that are told of releases."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ranham.api.schemas.fields import WORDS, Cursor, Inbound, Instant, Limit, Outbound, Reason, example
from ranham.release.webhooks.rules import NAME, OF_RELEASES, URL, WebhookEvent

WEBHOOK: dict[str, Any] = {
    "id": 3, "name": "pusdatin", "url": "https://data.example.go.id/ranham",
    "events": ["release.published", "release.superseded"], "description": "Pusdatin, help@example.go.id",
    "created_at": "2022-10-01T00:00:00Z", "created_by": "person:12", "withdrawn_at": None, "withdrawn_by": None,
    "withdrawn_because": None, "told": 4, "taken": 3, "waiting": 1,
}  # fmt: skip
CALLED = "Its secret is a file that operators put where messages leave; it is never in a request or an answer."

OfRelease = Literal[WebhookEvent.PUBLISHED, WebhookEvent.SUPERSEDED, WebhookEvent.DROPPED]


class WebhookFilter(Inbound):
    withdrawn: Annotated[bool, Field(description="Also those that were withdrawn.")] = False
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 100


class WebhookIn(Inbound):
    model_config = example(
        {"name": "pusdatin", "url": WEBHOOK["url"], "events": WEBHOOK["events"], "description": WEBHOOK["description"]}
    )

    name: Annotated[str, Field(pattern=NAME, description=f"What it is called. {CALLED}")]
    url: Annotated[str, Field(max_length=2000, pattern=URL)]
    """Without user, password, query or fragment: it is shown to everybody who sees deliveries."""
    events: Annotated[list[OfRelease], Field(min_length=1, max_length=len(OF_RELEASES))] | None = None
    """Without them release.published and release.superseded."""
    description: Annotated[str, Field(max_length=400, pattern=WORDS)] | None = None


class WebhookOut(Outbound):
    model_config = example(WEBHOOK)

    id: int
    name: str
    url: str
    events: list[WebhookEvent]
    description: str | None
    created_at: Instant
    created_by: str
    withdrawn_at: Instant | None
    withdrawn_by: str | None
    withdrawn_because: str | None
    told: int
    """Messages to it so far."""
    taken: int
    waiting: int


class WebhooksOut(Outbound):
    model_config = example({"items": [WEBHOOK], "next": None})

    items: list[WebhookOut]
    next: str | None


class WebhookAddedOut(Outbound):
    model_config = example({"id": 3, "name": "pusdatin"})

    id: int
    name: str


class WithdrawalIn(Inbound):
    model_config = example({"because": "the receiver was moved"})

    because: Reason


class WithdrawalOut(Outbound):
    model_config = example({"id": 3, "withdrawn_at": "2022-10-20T00:00:00Z", "withdrawn_by": "person:12"})

    id: int
    withdrawn_at: Instant
    withdrawn_by: str


class TestedOut(Outbound):
    model_config = example({"delivery_id": 412})

    delivery_id: int
    """Where it stands: `GET /deliveries`."""
