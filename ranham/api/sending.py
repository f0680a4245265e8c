"""Reports sent, and reopened."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from ranham.access.permissions import Right
from ranham.api.conditions import refuse_changed_draft, seen_version
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import ObligationPath, PeriodPath
from ranham.api.schemas.writing import ReceiptOut, ReopeningIn, StateOut, SubmissionIn
from ranham.api.work import FromWriter, Work, write, write_report
from ranham.kernel.errors import BadInput, Finding
from ranham.submission import drafts, receiving, reports
from ranham.submission.facts import AnswerInput, foreign_evidence
from ranham.submission.locating import ReportPlace
from ranham.submission.receiving import Receipt, Sender

router = APIRouter(tags=["sending"], prefix="/periods/{period}/reports/{obligation_id}")

IfMatch = Annotated[
    str | None,
    Header(
        description="Etag of the report as the sender saw it; without it, what is there now is sent.",
        max_length=200,
        examples=['"2.0f3a9c1b2d4e"'],
    ),
]


@router.post(
    "/submission",
    operation_id="send_report",
    responses=answers(ReceiptOut, 201, words="A new revision.")
    | answers(ReceiptOut, words="The same content was received before: its receipt.")
    | refusals(409, 412),
)
def send(
    period: PeriodPath,
    obligation_id: ObligationPath,
    writer: FromWriter,
    body: SubmissionIn | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Send the draft as the next revision; or, with a body, all answers at once, which the draft then says too.

    Refused with every blocking finding. The content that counts already is not written twice.
    """

    def effect(work: Work, place: ReportPlace) -> Reply:
        return _sent(_send(work, place, body, if_match))

    return write_report(writer, period, obligation_id, Right.SUBMIT, effect)


@router.post("/reopening", operation_id="reopen_report", responses=answers(StateOut) | refusals(409))
def reopen(period: PeriodPath, obligation_id: ObligationPath, body: ReopeningIn, writer: FromWriter) -> Response:
    """Let a verified or closed report be changed again; the figures of the close stay."""

    def effect(work: Work) -> Reply:
        place = work.report(period, obligation_id, Right.REOPEN)
        cause = work.cause(body.reason_code, body.remark)
        report = reports.reopen(work.session, obligation_id, place.period_id, cause)
        return reply(StateOut(state=report.state, version=report.version))

    return write(writer, effect)


def _send(work: Work, place: ReportPlace, body: SubmissionIn | None, if_match: str | None) -> Receipt:
    sender = Sender("api", place.offset_minutes(work.now))
    expected = None if if_match is None else seen_version(if_match)
    given = None if body is None else _given(work, place, body)
    if given is not None:
        return drafts.receive_whole(work.session, place, given, work.cause(), sender=sender, expected_version=expected)
    report = reports.lock_report(
        work.session, place.obligation_id, place.period_id, now=work.now, begun=place.begun, shared=True
    )
    if if_match is not None and expected == report.version:
        refuse_changed_draft(work.session, report, if_match, now=work.now)
    answers = drafts.answers_of(work.session, report.id)
    return receiving.receive(work.session, report, answers, work.cause(), sender=sender, expected_version=expected)


def _given(work: Work, place: ReportPlace, body: SubmissionIn) -> list[AnswerInput]:
    unknown = [
        Finding(
            f"/body/answers/{index}/measure_number",
            str(each.measure_number),
            f"one of {', '.join(map(str, sorted(place.measures)))}",
        )
        for index, each in enumerate(body.answers)
        if each.measure_number not in place.measures
    ]
    if unknown:
        raise BadInput(unknown)
    given = [
        AnswerInput(place.measures[each.measure_number], each.answer, each.value, each.note, each.evidence_ids)
        for each in body.answers
    ]
    if foreign := foreign_evidence(work.session, given, place.unit.unit_id):
        raise BadInput([Finding("evidence_ids", str(id_), "evidence of this unit") for id_ in foreign])
    return given


def _sent(receipt: Receipt) -> Reply:
    return reply(ReceiptOut.model_validate(receipt), 200 if receipt.unchanged else 201)
