"""Why a unit was reminded, or was not; what the reminders of a period did; the digests of an office."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from ranham.access.permissions import Right, require_everywhere
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import PeriodPath
from ranham.api.schemas.reminder import (
    DigestOut,
    DigestsOut,
    EffectFilter,
    EffectOut,
    EffectsOut,
    ReminderFilter,
    ReminderOut,
    RemindersOut,
)
from ranham.api.work import FromCaller, reading
from ranham.kernel.settings import settings
from ranham.plan.queries import find_period
from ranham.reminder.answers import digests, effect, why
from ranham.territory import queries as territory

router = APIRouter(tags=["reminders"])


@router.get("/periods/{period}/reminders", operation_id="list_reminders", responses=answers(RemindersOut) | refusals())
def reminders(period: PeriodPath, filters: Annotated[ReminderFilter, Query()], caller: FromCaller) -> Response:
    """Every rung of the ladder for a unit: what was sent to whom and where it stands, or why nothing was sent, or not yet.

    Messages to offices that list the unit are shown to those who see all units.
    """
    with reading(caller) as work:
        info = find_period(work.session, period)
        unit_id = territory.by_code(work.session, filters.unit_code, info.code_day()).unit_id
        work.unit(unit_id, Right.READ, what=f"unit {filters.unit_code}")
        latest = timedelta(days=settings().reminder_latest_days)
        rows = why(work.session, info, unit_id, now=work.now, latest=latest)
    return reply(RemindersOut(items=[ReminderOut.model_validate(row) for row in rows])).response()


@router.get(
    "/periods/{period}/reminder-effect", operation_id="list_reminder_effect", responses=answers(EffectsOut) | refusals()
)
def reminder_effect(period: PeriodPath, filters: Annotated[EffectFilter, Query()], caller: FromCaller) -> Response:
    """Reach, share delivered, and how many units reported soon after a reminder. For those who see all units.

    Not a proof that the reminder was the cause.
    """
    with reading(caller) as work:
        require_everywhere(work.principal, Right.READ)
        info = find_period(work.session, period)
        rows = effect(work.session, info, days=filters.days, by_province=filters.by_province)
    return reply(EffectsOut(days=filters.days, items=[EffectOut.model_validate(row) for row in rows])).response()


@router.get(
    "/periods/{period}/reminder-digests",
    operation_id="list_reminder_digests",
    responses=answers(DigestsOut) | refusals(),
)
def reminder_digests(period: PeriodPath, caller: FromCaller) -> Response:
    """Digests of the period to the caller's Kanwil or province, with the units that each listed.

    Those who see all units see all of them.
    """
    with reading(caller) as work:
        rows = digests(work.session, find_period(work.session, period))
    return reply(DigestsOut(items=[DigestOut.model_validate(row) for row in rows])).response()
