"""Where messages stand, for whoever watches over them; and what providers tell of them later."""

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from ranham.access.permissions import Right, require_everywhere
from ranham.api import paging
from ranham.api.kinds import Unauthenticated
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.delivery import (
    CallbackIn,
    CallbackOut,
    DeliveriesOut,
    DeliveryCountOut,
    DeliveryFilter,
    DeliveryOut,
)
from ranham.api.work import FromCaller, reading
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.kernel.errors import NotFound
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import queries
from ranham.outbox.deliveries.reporting import record_status

router = APIRouter(tags=["deliveries"])
TOLERANCE = timedelta(minutes=5)
"""How old a call-back may be, and how far the clocks may differ: a copy of it is of no use later."""
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
Signature = Annotated[
    str,
    Header(
        alias="Ranham-Signature",
        description="`t=` seconds since 1970 and `v1=` the HMAC-SHA256, in hexadecimal, of these digits, a full stop and the body.",
        max_length=200,
        examples=["t=1662343207,v1=" + "0" * 64],
    ),
]


@router.get("/deliveries", operation_id="list_deliveries", responses=answers(DeliveriesOut) | refusals())
def deliveries(filters: Annotated[DeliveryFilter, Query()], caller: FromCaller, request: Request) -> Response:
    """Messages, the newest first, and how many stand where. For those who see all units."""
    before = paging.id_of(filters.cursor) or None
    with reading(caller) as work:
        require_everywhere(work.principal, Right.READ)
        where = queries.Filter(state=filters.state, channel=filters.channel, before=before)
        found = queries.deliveries(work.session, where, limit=filters.limit + 1)
        counts = queries.counts(work.session)
    rows = found[: filters.limit]
    following = str(rows[-1].id) if len(found) > len(rows) else None
    said = DeliveriesOut(
        counts=[DeliveryCountOut.model_validate(each) for each in counts],
        items=[DeliveryOut(**{name: getattr(row, name) for name in DeliveryOut.model_fields}) for row in rows],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
    )
    return reply(said).response()


async def signed(request: Request, signature: Signature) -> None:
    """Whether the body comes from somebody who knows the secret, now."""
    file = settings().callback_secret_file
    if file is None:
        raise NotFound("no call-backs are taken here: RANHAM_CALLBACK_SECRET_FILE is not set")
    secret, found = file.read_bytes().strip(), _SIGNATURE.fullmatch(signature.strip())
    if found is None or not secret:
        raise Unauthenticated("the signature is not t=seconds,v1=hexadecimal")
    expected = hmac.new(secret, found[1].encode() + b"." + await request.body(), hashlib.sha256).hexdigest()
    recent = abs(clock.real_now().timestamp() - int(found[1])) <= TOLERANCE.total_seconds()
    if not (hmac.compare_digest(expected, found[2]) and recent):
        raise Unauthenticated("the signature does not fit the body, or is older than five minutes")


@router.post(
    "/deliveries/call-back",
    operation_id="report_delivery",
    responses=answers(CallbackOut) | refusals(but=(403,)),
    dependencies=[Depends(signed)],
)
def call_back(body: CallbackIn) -> Response:
    """A provider tells what became of a message; the same news twice changes nothing."""
    with unit_of_work() as session:
        taken = record_status(
            session, body.status, now=clock.real_now(), provider=body.provider, provider_ref=body.provider_ref,
            message_id=body.message_id, reply=body.reply,
        )  # fmt: skip
    return reply(CallbackOut(taken=taken)).response()
