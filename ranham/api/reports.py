"""Periods and reports as they are read."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from ranham.access.permissions import Right
from ranham.access.places import readable_units
from ranham.api import paging
from ranham.api.blinds import blind_to, hide_findings, hide_score
from ranham.api.conditions import answer_tag, report_tag
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import Cursor, Inbound, Limit, ObligationPath, PeriodPath, UnitCode
from ranham.api.schemas.report import (
    AnswerOut,
    EventOut,
    FindingOut,
    FindingsOut,
    MeasureOut,
    PeriodOut,
    PeriodsOut,
    ReportOut,
    ReportRowOut,
    ReportsOut,
    SentAnswerOut,
)
from ranham.api.work import FromCaller, Work, reading
from ranham.cycle.queries import opened_and_closed
from ranham.plan.queries import PeriodInfo, find_period, get_period, list_periods
from ranham.submission.examination import Severity
from ranham.submission.preview import preview
from ranham.submission.queries import AnswerView, ReportView, report_rows, report_view
from ranham.submission.states import State

router = APIRouter(tags=["reports"])


class ReportFilter(Inbound):
    unit_code: UnitCode | None = None
    state: State | None = None
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 100


@router.get("/periods", operation_id="list_periods", responses=answers(PeriodsOut) | refusals())
def periods(caller: FromCaller) -> Response:
    """Reporting periods of the loaded plans, oldest first."""
    with reading(caller) as work:
        states = opened_and_closed(work.session)
        items = [_period(each, *states.get(each.id, (None, None))) for each in list_periods(work.session)]
    return reply(PeriodsOut(items=items)).response()


@router.get("/periods/{period}/reports", operation_id="list_reports", responses=answers(ReportsOut) | refusals())
def reports(
    period: PeriodPath, filters: Annotated[ReportFilter, Query()], caller: FromCaller, request: Request
) -> Response:
    """What is owed in a period and where it stands, of all units that the person may see, page by page."""
    after = paging.id_of(filters.cursor)
    with reading(caller) as work:
        info = find_period(work.session, period)
        readable = readable_units(work.session, work.principal, today=work.today)
        unit = None
        if filters.unit_code is not None:
            unit = work.unit_of_code(filters.unit_code, info.code_day(), Right.READ)
        rows = report_rows(
            work.session, info, now=work.now, unit_id=unit, units=readable.units, state=filters.state, after=after,
            limit=filters.limit + 1,
        )  # fmt: skip
        shown = rows[: filters.limit]
        hidden = blind_to(work, info.id, [row.obligation_id for row in shown])
    following = str(shown[-1].obligation_id) if len(rows) > filters.limit else None
    items = [ReportRowOut.model_validate(row) for row in shown]
    page = ReportsOut(
        items=[hide_score(each) if each.obligation_id in hidden else each for each in items],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
    )
    return reply(page).response()


@router.get(
    "/periods/{period}/reports/{obligation_id}",
    operation_id="get_report",
    responses=answers(ReportOut, etag="State and draft of the report, for If-Match when it is sent.") | refusals(),
)
def report(period: PeriodPath, obligation_id: ObligationPath, caller: FromCaller) -> Response:
    """One report: its measures with draft and sent answers, what happened to it, and what its state allows."""
    with reading(caller) as work:
        info, _ = _located(work, period, obligation_id)
        view = report_view(work.session, info, obligation_id, now=work.now)
        hidden = blind_to(work, info.id, [obligation_id])
    said = _report(view)
    return reply(hide_findings(said) if hidden else said, etag=report_tag(view)).response()


@router.get(
    "/periods/{period}/reports/{obligation_id}/findings",
    operation_id="preview_report",
    responses=answers(FindingsOut) | refusals(),
)
def findings(period: PeriodPath, obligation_id: ObligationPath, caller: FromCaller) -> Response:
    """What is missing or odd before it is sent. Only blocking findings stop it."""
    with reading(caller) as work:
        _, found = preview(work.session, *_located(work, period, obligation_id), now=work.now)
    said = FindingsOut(
        blocking=sum(each.severity is Severity.BLOCKING for each in found),
        items=[FindingOut.model_validate(each) for each in found],
    )
    return reply(said).response()


def _located(work: Work, period: str, obligation_id: int) -> tuple[PeriodInfo, int]:
    place = work.report(period, obligation_id, Right.READ)
    return get_period(work.session, place.period_id), obligation_id


def _period(info: PeriodInfo, opened_at: datetime | None, closed_at: datetime | None) -> PeriodOut:
    return PeriodOut(
        label=info.label, regulation=info.regulation, year=info.year, code=info.code, opens_on=info.opens_on,
        closes_on=info.closes_on, zone_rule=info.zone_rule, opened_at=opened_at, closed_at=closed_at,
    )  # fmt: skip


def _report(view: ReportView) -> ReportOut:
    return ReportOut(
        **ReportRowOut.model_validate(view.row).model_dump(),
        measures=[_measure(each) for each in view.answers],
        events=[EventOut.model_validate(each) for each in view.events],
        possible=list(view.possible),
        evidence_from=view.evidence_from,
        evidence_to=view.evidence_to,
    )


def _measure(view: AnswerView) -> MeasureOut:
    draft = sent = None
    if view.draft_version is not None:
        draft = AnswerOut(
            answer=view.draft_answer, value=view.draft_value, note=view.draft_note,
            evidence_ids=list(view.draft_evidence_ids),
        )  # fmt: skip
    if view.sent_answer is not None:
        sent = SentAnswerOut(
            answer=view.sent_answer, value=view.sent_value, note=view.sent_note, evidence=list(view.sent_evidence)
        )
    return MeasureOut(
        number=view.number, text=view.text, unit_of_measure=view.unit_of_measure, required=view.required,
        evidence_kinds=list(view.evidence_kinds), value_min=view.value_min, value_max=view.value_max, opd=view.opd,
        etag=answer_tag(view.draft_version) if view.draft_version else None, draft=draft, sent=sent,
    )  # fmt: skip
