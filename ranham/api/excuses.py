"""Excuses over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from ranham.access.permissions import Right
from ranham.access.places import readable_units
from ranham.api import paging
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import LARGEST_ID, PeriodPath
from ranham.api.schemas.leave import (
    AskedOut,
    ExcuseDecisionIn,
    ExcuseDecisionOut,
    ExcuseIn,
    ExcuseOut,
    ExcuseRefusalIn,
    ExcusesOut,
    PageFilter,
)
from ranham.api.work import FromCaller, FromWriter, Work, reading, write
from ranham.kernel.errors import NotFound
from ranham.obligation import queries, service
from ranham.obligation.models import Excuse, Obligation
from ranham.plan.queries import find_period

router = APIRouter(tags=["excuses"])
ExcusePath = Annotated[int, Path(description="An excuse.", ge=1, le=LARGEST_ID, examples=[7])]


@router.get("/periods/{period}/excuses", operation_id="list_excuses", responses=answers(ExcusesOut) | refusals())
def list_excuses(
    period: PeriodPath, filters: Annotated[PageFilter, Query()], caller: FromCaller, request: Request
) -> Response:
    """Excuses of a period, oldest first, of the units that the person may see."""
    after = paging.id_of(filters.cursor)
    with reading(caller) as work:
        readable = readable_units(work.session, work.principal, today=work.today)
        rows = queries.excuses(
            work.session, find_period(work.session, period), units=readable.units, after=after, limit=filters.limit + 1
        )
    shown = rows[: filters.limit]
    following = str(shown[-1].id) if len(rows) > filters.limit else None
    page = ExcusesOut(
        items=[ExcuseOut.model_validate(row) for row in shown],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
    )
    return reply(page).response()


@router.post(
    "/periods/{period}/excuses",
    operation_id="request_excuse",
    status_code=201,
    responses=answers(AskedOut, 201) | refusals(409),
)
def request_excuse(period: PeriodPath, body: ExcuseIn, writer: FromWriter) -> Response:
    """Ask that an obligation leaves the denominator of a period. It counts once another person approves it."""

    def effect(work: Work) -> Reply:
        place = work.report(period, body.obligation_id, Right.REQUEST)
        made = service.request_excuse(
            work.session, body.obligation_id, place.period_id, kind=body.kind, justification=body.justification,
            by=work.principal.actor, now=work.now,
        )  # fmt: skip
        return reply(AskedOut(id=made.id), 201)

    return write(writer, effect)


@router.post(
    "/excuses/{excuse_id}/decision",
    operation_id="decide_excuse",
    responses=answers(ExcuseDecisionOut) | refusals(409),
)
def decide_excuse(excuse_id: ExcusePath, body: ExcuseDecisionIn, writer: FromWriter) -> Response:
    """Approve an excuse that somebody else asked for, or decline it with a reason, once; the same again changes nothing."""

    def effect(work: Work) -> Reply:
        what = f"excuse {excuse_id}"
        found = work.session.get(Excuse, excuse_id)
        if found is None:
            raise NotFound(f"no {what}")
        work.unit(work.session.get_one(Obligation, found.obligation_id).unit_id, Right.GRANT, what=what)
        by, now = work.principal.actor, work.now
        if isinstance(body.root, ExcuseRefusalIn):
            excuse = service.decline_excuse(work.session, excuse_id, reason=body.root.reason, by=by, now=now)
        else:
            excuse = service.approve_excuse(work.session, excuse_id, by=by, now=now)
        said = {
            "excuse_id": excuse.id,
            "approved": body.root.approve,
            "decided_by": excuse.approved_by or excuse.declined_by,
            "decided_at": excuse.approved_at or excuse.declined_at,
        }
        return reply(ExcuseDecisionOut.model_validate(said))

    return write(writer, effect)
