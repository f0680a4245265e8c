"""Extensions over HTTP."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from ranham.access.permissions import Right, require_everywhere
from ranham.access.places import readable_units
from ranham.api import paging
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import LARGEST_ID, PeriodPath
from ranham.api.schemas.leave import (
    AskedOut,
    ExtensionDecisionIn,
    ExtensionDecisionOut,
    ExtensionIn,
    ExtensionOut,
    ExtensionsOut,
    PageFilter,
)
from ranham.api.work import FromCaller, FromWriter, Work, reading, write
from ranham.kernel.errors import NotFound
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.submission import extensions
from ranham.submission.models import Extension

router = APIRouter(tags=["extensions"])
ExtensionPath = Annotated[int, Path(description="An extension.", ge=1, le=LARGEST_ID, examples=[3])]


@router.get(
    "/periods/{period}/extensions", operation_id="list_extensions", responses=answers(ExtensionsOut) | refusals()
)
def list_extensions(
    period: PeriodPath, filters: Annotated[PageFilter, Query()], caller: FromCaller, request: Request
) -> Response:
    """Requests and decisions of a period, oldest first: of the units that the person may see, and for everybody."""
    after = paging.id_of(filters.cursor)
    with reading(caller) as work:
        readable = readable_units(work.session, work.principal, today=work.today)
        rows = extensions.rows(
            work.session, find_period(work.session, period), units=readable.units, after=after, limit=filters.limit + 1
        )
    shown = rows[: filters.limit]
    following = str(shown[-1].id) if len(rows) > filters.limit else None
    page = ExtensionsOut(
        items=[ExtensionOut.model_validate(row) for row in shown],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
    )
    return reply(page).response()


@router.post(
    "/periods/{period}/extensions",
    operation_id="request_extension",
    status_code=201,
    responses=answers(AskedOut, 201) | refusals(409),
)
def request_extension(period: PeriodPath, body: ExtensionIn, writer: FromWriter) -> Response:
    """Ask for more time. It counts once another person approves it."""

    def effect(work: Work) -> Reply:
        info = find_period(work.session, period)
        unit_id = None
        if body.unit_code is None:
            require_everywhere(work.principal, Right.GRANT)
        else:
            unit_id = work.unit_of_code(body.unit_code, info.code_day(), Right.REQUEST)
        made = extensions.request(
            work.session, info, unit_id=unit_id, until=body.until, reason=body.reason, by=work.principal.actor,
            now=work.now, cap=timedelta(days=settings().extension_cap_days),
        )  # fmt: skip
        return reply(AskedOut(id=made.id), 201)

    return write(writer, effect)


@router.post(
    "/extensions/{extension_id}/decision",
    operation_id="decide_extension",
    responses=answers(ExtensionDecisionOut) | refusals(409),
)
def decide_extension(extension_id: ExtensionPath, body: ExtensionDecisionIn, writer: FromWriter) -> Response:
    """Approve or decline, once; deciding the same again changes nothing. Nobody decides on what they asked for."""

    def effect(work: Work) -> Reply:
        found = work.session.get(Extension, extension_id)
        if found is None:
            raise NotFound(f"no extension {extension_id}")
        if found.unit_id is None:
            require_everywhere(work.principal, Right.GRANT)
        else:
            work.unit(found.unit_id, Right.GRANT, what=f"extension {extension_id}")
        outcome = extensions.decide(
            work.session, extension_id, approve=body.approve, by=work.principal.actor, now=work.now, remark=body.remark
        )
        return reply(ExtensionDecisionOut.model_validate(outcome))

    return write(writer, effect)
