"""The verifiers' queue and decisions over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from ranham.access.permissions import Right, grants
from ranham.access.places import readable_units
from ranham.api import desks, paging
from ranham.api.conditions import answer_tag, seen_version
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import LARGEST_ID
from ranham.api.schemas.verification import (
    AgeingOut,
    AgeingRowOut,
    DecisionIn,
    OutcomeOut,
    PeriodFilter,
    QueueFilter,
    QueueOut,
    ReadAnswerOut,
    TakenOut,
    TaskOut,
)
from ranham.api.work import FromCaller, FromWriter, Work, reading, write
from ranham.kernel.errors import Forbidden
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.verification import queries, service
from ranham.verification.rules import Decision, MeasureMark

router = APIRouter(tags=["verification"], prefix="/verification")
TaskPath = Annotated[int, Path(description="One reading that is due.", ge=1, le=LARGEST_ID, examples=[12])]
IfMatch = Annotated[
    str | None,
    Header(description="Version of the report that was read, from taking.", max_length=200, examples=['"4"']),
]


@router.get("/queue", operation_id="list_tasks", responses=answers(QueueOut) | refusals())
def queue(filters: Annotated[QueueFilter, Query()], caller: FromCaller, request: Request) -> Response:
    """Readings of a desk, the most urgent first: of the own office, of the central team, or where one sees all."""
    after = paging.position_of(filters.cursor)
    with reading(caller) as work:
        page = queries.queue(
            work.session,
            find_period(work.session, filters.period),
            desk=desks.chosen(work.session, work.principal, filters.office, today=work.today),
            units=readable_units(work.session, work.principal, today=work.today).units,
            verifier=work.principal.actor if filters.mine else None,
            state=filters.state,
            now=work.now,
            after=after,
            limit=filters.limit,
        )
    said = QueueOut(
        items=[TaskOut.model_validate(row) for row in page.rows],
        next=paging.next_page(request, filters.model_dump(mode="json"), page.after),
    )
    return reply(said).response()


@router.get("/ageing", operation_id="list_ageing", responses=answers(AgeingOut) | refusals())
def ageing(filters: Annotated[PeriodFilter, Query()], caller: FromCaller) -> Response:
    """Open readings by desk, tier and age, of the desks that the person sees."""
    with reading(caller) as work:
        seen = desks.seen(work.session, work.principal, today=work.today)
        units = readable_units(work.session, work.principal, today=work.today).units
        rows = queries.ageing(work.session, find_period(work.session, filters.period), now=work.now, units=units)
    items = [AgeingRowOut.model_validate(row) for row in rows if seen.has(row.office)]
    return reply(AgeingOut(items=items)).response()


@router.post(
    "/tasks/{task_id}/take",
    operation_id="take_task",
    responses=answers(TakenOut, etag="Version of the report, for the decision.") | refusals(409),
)
def take(task_id: TaskPath, writer: FromWriter) -> Response:
    """Begin a reading. Taking it again gives the same, or the newest revision if another came in the meantime."""

    def effect(work: Work) -> Reply:
        _may_verify(work, task_id)
        taken = service.take(work.session, task_id, by=work.principal.actor, now=work.now)
        read = [ReadAnswerOut.model_validate(row) for row in queries.answers(work.session, task_id)]
        said = TakenOut(
            task_id=taken.task_id, report_id=taken.report_id, submission_id=taken.submission_id, version=taken.version,
            answers=read,
        )  # fmt: skip
        return reply(said, etag=answer_tag(taken.version))

    return write(writer, effect)


@router.post(
    "/tasks/{task_id}/decision", operation_id="decide_task", responses=answers(OutcomeOut) | refusals(409, 412)
)
def decide(task_id: TaskPath, body: DecisionIn, writer: FromWriter, if_match: IfMatch = None) -> Response:
    """Accept, return or pass on what one has taken, once. A return names what to mend."""
    marks = [
        MeasureMark(each.measure_number, each.aspect, each.mark, each.reason_code, each.remark) for each in body.marks
    ]

    def effect(work: Work) -> Reply:
        _may_verify(work, task_id)
        outcome = service.decide(
            work.session,
            task_id,
            Decision(body.verdict, marks, body.reason_code, body.remark),
            by=work.principal.actor,
            now=work.now,
            close_after_days=settings().close_after_days,
            expected_version=None if if_match is None else seen_version(if_match),
        )
        return reply(OutcomeOut.model_validate(outcome))

    return write(writer, effect)


def _may_verify(work: Work, task_id: int) -> None:
    """Of units of the own office; what the central secretariat reads is for the central team."""
    what = f"task {task_id}"
    unit_id, office_id = queries.place_of_task(work.session, task_id)
    place = work.unit(unit_id, Right.VERIFY, what=what)
    central = any(held.office_id is None for held in grants(work.principal, Right.VERIFY, place))
    if office_id is None and not central:
        raise Forbidden(f"{what} is for the central team")
