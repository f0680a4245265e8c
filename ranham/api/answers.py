"""Answers of a draft, one by one."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from ranham.access.permissions import Right, asked_opds
from ranham.api.conditions import answer_tag, seen_answer
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import MeasurePath, ObligationPath, PeriodPath
from ranham.api.schemas.writing import AnswerIn, AskIn, WrittenAnswerOut
from ranham.api.work import FromWriter, Work, write
from ranham.submission import drafts
from ranham.submission.drafts import DraftContent
from ranham.submission.models import DraftAnswer, Report

router = APIRouter(tags=["answers"], prefix="/periods/{period}/reports/{obligation_id}/answers/{measure_number}")

IfMatch = Annotated[
    str | None, Header(description="Etag of the answer as the writer saw it.", max_length=200, examples=['"3"'])
]
IfNoneMatch = Annotated[
    str | None, Header(description="`*`: the writer saw that there is no answer.", pattern=r"^\*$", examples=["*"])
]
WRITTEN = answers(WrittenAnswerOut, etag="Version of the answer.")
FIRST = answers(WrittenAnswerOut, 201, etag="Version of the answer.")


@router.put("", operation_id="write_answer", responses=WRITTEN | FIRST | refusals(409, 412, 428))
def write_answer(  # noqa: PLR0913 - what the request is made of
    period: PeriodPath,
    obligation_id: ObligationPath,
    measure_number: MeasurePath,
    body: AnswerIn,
    writer: FromWriter,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Write one answer of the draft; nothing has to be whole yet.

    `If-Match` carries the etag of the answer, or `If-None-Match: *` says that there was none. A local agency (OPD)
    writes only where it is asked.
    """

    def effect(work: Work) -> Reply:
        place = work.report(period, obligation_id, Right.ANSWER)
        measure_id, seen = place.measure_id(measure_number), seen_answer(if_match, if_none_match)
        report = drafts.begin_edit(work.session, obligation_id, place.period_id, work.cause())
        written = drafts.save_answer(
            work.session, report, measure_id, DraftContent(body.answer, body.value, body.note), work.cause(),
            seen_version=seen, own_opds=asked_opds(work.principal, place.unit),
        )  # fmt: skip
        return _written(report, written, measure_number, status=200 if seen else 201)

    return write(writer, effect)


@router.put("/opd", operation_id="ask_opd", responses=WRITTEN | refusals(409))
def ask_opd(
    period: PeriodPath, obligation_id: ObligationPath, measure_number: MeasurePath, body: AskIn, writer: FromWriter
) -> Response:
    """Ask a local agency (OPD) for an answer, or take the question back with null. What is written stays."""

    def effect(work: Work) -> Reply:
        place = work.report(period, obligation_id, Right.MANAGE)
        measure_id = place.measure_id(measure_number)
        report = drafts.begin_edit(work.session, obligation_id, place.period_id, work.cause())
        asked = drafts.ask(work.session, report, measure_id, body.opd, work.cause())
        return _written(report, asked, measure_number, status=200)

    return write(writer, effect)


def _written(report: Report, answer: DraftAnswer, number: int, *, status: int) -> Reply:
    said = WrittenAnswerOut(
        measure_number=number, version=answer.version, answer=answer.answer, value=answer.value, note=answer.note,
        opd=answer.opd, written_by=answer.written_by, written_at=answer.written_at, report_state=report.state,
    )  # fmt: skip
    return reply(said, status, etag=answer_tag(answer.version))
