"""Webhooks over HTTP: who is told of releases. Added and withdrawn by whoever may publish, read by those who see all units."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from ranham.access.permissions import Right, require_everywhere
from ranham.api import paging
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import LARGEST_ID
from ranham.api.schemas.webhook import (
    TestedOut,
    WebhookAddedOut,
    WebhookFilter,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
    WithdrawalIn,
    WithdrawalOut,
)
from ranham.api.work import FromCaller, FromWriter, Work, reading, write
from ranham.kernel.webhook_settings import webhook_settings
from ranham.release.webhooks import queries, service
from ranham.release.webhooks.rules import USUAL

router = APIRouter(tags=["webhooks"], prefix="/webhooks")
WebhookPath = Annotated[int, Path(description="A webhook.", ge=1, le=LARGEST_ID, examples=[3])]


@router.get("", operation_id="list_webhooks", responses=answers(WebhooksOut) | refusals())
def list_webhooks(filters: Annotated[WebhookFilter, Query()], caller: FromCaller, request: Request) -> Response:
    """Webhooks, the oldest first, and how many messages each was told and took."""
    after = paging.id_of(filters.cursor)
    with reading(caller) as work:
        require_everywhere(work.principal, Right.READ)
        rows = queries.webhooks(work.session, withdrawn=filters.withdrawn, after=after, limit=filters.limit + 1)
    shown = rows[: filters.limit]
    following = str(shown[-1].id) if len(rows) > filters.limit else None
    page = WebhooksOut(
        items=[WebhookOut.model_validate(row) for row in shown],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
    )
    return reply(page).response()


@router.post("", operation_id="add_webhook", status_code=201, responses=answers(WebhookAddedOut, 201) | refusals(409))
def add_webhook(body: WebhookIn, writer: FromWriter) -> Response:
    """Tell an address of releases from now on."""

    def effect(work: Work) -> Reply:
        require_everywhere(work.principal, Right.RELEASE)
        made = service.add(
            work.session, body.name, body.url, events=body.events or USUAL, description=body.description,
            plain=bool(webhook_settings().networks), by=work.principal.actor, now=work.now,
        )  # fmt: skip
        return reply(WebhookAddedOut(id=made.id, name=made.name), 201)

    return write(writer, effect)


@router.post(
    "/{webhook_id}/withdrawal", operation_id="withdraw_webhook", responses=answers(WithdrawalOut) | refusals(409)
)
def withdraw_webhook(webhook_id: WebhookPath, body: WithdrawalIn, writer: FromWriter) -> Response:
    """Tell it nothing more. What waits is cancelled before anything else is sent."""

    def effect(work: Work) -> Reply:
        require_everywhere(work.principal, Right.RELEASE)
        found = service.withdraw(work.session, webhook_id, because=body.because, by=work.principal.actor, now=work.now)
        return reply(WithdrawalOut.model_validate(found))

    return write(writer, effect)


@router.post(
    "/{webhook_id}/test",
    operation_id="test_webhook",
    status_code=202,
    responses=answers(TestedOut, 202) | refusals(409),
)
def test_webhook(webhook_id: WebhookPath, writer: FromWriter) -> Response:
    """Put a message into the outbox that says nothing happened, to see whether the webhook works."""

    def effect(work: Work) -> Reply:
        require_everywhere(work.principal, Right.RELEASE)
        made = service.put_test(work.session, webhook_id, by=work.principal.actor, now=work.now)
        return reply(TestedOut(delivery_id=made), 202)

    return write(writer, effect)
