"""Evidence: described, handed out, laid beside answers, taken back. Uploads are in `uploading`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response, StreamingResponse

from ranham.access.permissions import Right, asked_opds
from ranham.api.released import WHOLE_ONLY
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.evidence import EvidenceOut
from ranham.api.schemas.fields import LARGEST_ID, MeasurePath, ObligationPath, PeriodPath
from ranham.api.work import FromCaller, FromWriter, Work, reading, write
from ranham.kernel.errors import NotFound
from ranham.submission import drafts
from ranham.submission.evidence import downloading, service
from ranham.submission.evidence.rules import ALLOWED
from ranham.submission.models import DraftAnswer, Evidence
from ranham.territory import queries as territory

router = APIRouter(tags=["evidence"])
EvidencePath = Annotated[int, Path(description="A file.", ge=1, le=LARGEST_ID, examples=[41])]
BESIDE = "/periods/{period}/reports/{obligation_id}/answers/{measure_number}/evidence/{evidence_id}"
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as an attachment that no browser runs.",
        "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in ALLOWED},
    }
}


@router.get("/evidence/{evidence_id}", operation_id="get_evidence", responses=answers(EvidenceOut) | refusals())
def evidence(evidence_id: EvidencePath, caller: FromCaller) -> Response:
    """What is known of a file."""
    with reading(caller) as work:
        said = described(work, _known(work, evidence_id, Right.READ))
    return reply(said).response()


@router.get(
    "/evidence/{evidence_id}/content",
    operation_id="download_evidence",
    response_class=StreamingResponse,
    responses=FILE | refusals(),
)
def content(evidence_id: EvidencePath, caller: FromCaller) -> Response:
    """The file itself. Bytes that are no longer what was sent break the transfer before its end."""
    with reading(caller) as work:
        _known(work, evidence_id, Right.READ)
        download = downloading.open_for_download(work.session, evidence_id)
    return StreamingResponse(download.stream, headers={**download.headers, **WHOLE_ONLY})


@router.delete(
    "/evidence/{evidence_id}",
    operation_id="delete_evidence",
    status_code=204,
    responses=answers(None, 204) | refusals(409),
)
def delete(evidence_id: EvidencePath, writer: FromWriter) -> Response:
    """Take a file back that is part of nothing: neither of a draft nor of a report that was sent."""

    def effect(work: Work) -> Reply:
        _known(work, evidence_id, Right.MANAGE)
        service.remove(work.session, evidence_id, by=work.principal.actor, now=work.now)
        return reply(None, 204)

    return write(writer, effect)


@router.put(BESIDE, operation_id="attach_evidence", status_code=204, responses=answers(None, 204) | refusals(409))
def attach(
    period: PeriodPath,
    obligation_id: ObligationPath,
    measure_number: MeasurePath,
    evidence_id: EvidencePath,
    writer: FromWriter,
) -> Response:
    """Lay a file of the unit beside an answer of the draft. Doing it again changes nothing."""

    def effect(work: Work) -> Reply:
        report_id, measure_id = _in_edit(work, period, obligation_id, measure_number)
        service.attach(work.session, report_id, measure_id, evidence_id, by=work.principal.actor, now=work.now)
        return reply(None, 204)

    return write(writer, effect)


@router.delete(BESIDE, operation_id="detach_evidence", status_code=204, responses=answers(None, 204) | refusals(409))
def detach(
    period: PeriodPath,
    obligation_id: ObligationPath,
    measure_number: MeasurePath,
    evidence_id: EvidencePath,
    writer: FromWriter,
) -> Response:
    """Take a file away from an answer of the draft; the file itself stays. Doing it again changes nothing."""

    def effect(work: Work) -> Reply:
        report_id, measure_id = _in_edit(work, period, obligation_id, measure_number)
        service.detach(work.session, report_id, measure_id, evidence_id, by=work.principal.actor, now=work.now)
        return reply(None, 204)

    return write(writer, effect)


def described(work: Work, found: Evidence) -> EvidenceOut:
    code = territory.code_of(work.session, found.unit_id, work.day)
    known = {name: getattr(found, name) for name in EvidenceOut.model_fields if name != "unit_code"}
    return EvidenceOut(unit_code=code, **known)


def _known(work: Work, evidence_id: int, right: Right) -> Evidence:
    what = f"evidence {evidence_id}"
    found = work.session.get(Evidence, evidence_id)
    if found is None:
        raise NotFound(f"no {what}")
    work.unit(found.unit_id, right, what=what)
    return found


def _in_edit(work: Work, period: str, obligation_id: int, measure_number: int) -> tuple[int, int]:
    """The report, locked for an edit, and the measure, where the person may write."""
    place = work.report(period, obligation_id, Right.ANSWER)
    measure_id = place.measure_id(measure_number)
    report = drafts.begin_edit(work.session, obligation_id, place.period_id, work.cause())
    known = work.session.get(DraftAnswer, (report.id, measure_id), populate_existing=True)
    drafts.refuse_unless_asked(known, asked_opds(work.principal, place.unit))
    return report.id, measure_id
