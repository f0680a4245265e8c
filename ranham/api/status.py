"""The state of the reporting cycle over HTTP, for those who run it.

Whether the person may see it is decided as the application; it is then read as the owner, since leases are closed to
the application and nothing here is about any unit.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from ranham.access.permissions import Right, require_everywhere
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import PeriodPath
from ranham.api.schemas.status import StatusFilter, StatusOut, StepStatusOut
from ranham.api.work import Caller, FromCaller, reading
from ranham.cycle.status import status, view_of
from ranham.kernel.database import read_session
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period

router = APIRouter(tags=["status"])


@router.get("/status", operation_id="get_status", responses=answers(StatusOut) | refusals())
def get_status(filters: Annotated[StatusFilter, Query()], caller: FromCaller) -> Response:
    """Steps of all periods but those that are closed and at rest."""
    return _status(caller, None, late=filters.late)


@router.get("/periods/{period}/status", operation_id="get_period_status", responses=answers(StatusOut) | refusals(409))
def get_period_status(period: PeriodPath, filters: Annotated[StatusFilter, Query()], caller: FromCaller) -> Response:
    """Steps of one period."""
    return _status(caller, period, late=filters.late)


def _status(caller: Caller, label: str | None, *, late: bool) -> Response:
    with reading(caller) as work:
        require_everywhere(work.principal, Right.STATUS)
        now = work.now
    with read_session() as session:
        periods = None if label is None else [find_period(session, label)]
        rows = status(session, view_of(settings()), now=now, periods=periods, late_only=late)
    return reply(StatusOut(items=[StepStatusOut.model_validate(row) for row in rows])).response()
