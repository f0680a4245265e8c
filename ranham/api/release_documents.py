"""Printed documents of published releases under addresses that stay."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from ranham.api.released import (
    FOR_A_DAY,
    LASTING,
    IfNoneMatch,
    LabelPath,
    VersionPath,
    how_long,
    named,
    unchanged,
    whole,
)
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.release import DocumentOut, DocumentsOut, Nothing
from ranham.api.work import FromCaller, reading
from ranham.kernel.settings import settings
from ranham.release.companions import companions_of, documents_tag
from ranham.release.models import Release
from ranham.release.printed import documents, read_document

router = APIRouter(tags=["releases"])
NamePath = Annotated[
    str,
    Path(
        description="Name of the document, as the list has it.",
        pattern=r"^[0-9A-Za-z._-]{1,80}\.pdf$",
        examples=["annual-report.pdf"],
    ),
]
PDF = {
    200: {
        "description": "The document.",
        "headers": {"ETag": {"description": "SHA-256 of the document.", "schema": {"type": "string"}}},
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}
NOT_CHANGED = answers(None, 304, words="The client has it already.")


@router.get(
    "/releases/{label}/{version}/documents",
    operation_id="list_documents",
    responses=answers(DocumentsOut) | refusals(),
)
def list_documents(
    label: LabelPath, version: VersionPath, caller: FromCaller, request: Request, _asked: Annotated[Nothing, Query()]
) -> Response:
    """The annual report and the sheet of each province, once they were written; a release of a period has none."""
    with reading(caller) as work:
        release = named(work.session, label, version)
        written = documents(work.session, release, _shown(work.session, release)[0])
    items = [
        DocumentOut(name=name, sha256=digest, address=f"{request.url.path}/{name}") for name, digest in written.items()
    ]
    return reply(DocumentsOut(items=items)).response()


@router.get(
    "/releases/{label}/{version}/documents/{name}",
    operation_id="download_document",
    response_class=Response,
    responses=PDF | NOT_CHANGED | refusals(),
)
def download_document(
    label: LabelPath,
    version: VersionPath,
    name: NamePath,
    caller: FromCaller,
    _asked: Annotated[Nothing, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A document as it was written, in Indonesian."""
    with reading(caller) as work:
        release = named(work.session, label, version)
        (tag, lasting), number = _shown(work.session, release), release.number
        written = documents(work.session, release, tag)
    folder = settings().data_dir / "release-files" / tag
    said = {"Cache-Control": lasting, "Vary": "Authorization"}
    if name in written:
        said["ETag"] = f'"{written[name]}"'
    same = unchanged(if_none_match, said)
    if same is not None:
        return same
    data = read_document(folder, number, written, name)
    return whole(data, name, said, "application/pdf", inline=True)


def _shown(session: Session, release: Release) -> tuple[str, str]:
    """Tag of the documents that may be shown now, and for how long a client need not ask again.

    Not for long while a period of the year is not published yet: they are written anew with it.
    """
    beside = companions_of(session, release.number)
    lasting = how_long(release.rules, *(each.rules for each in beside))
    awaited = set(release.rules.get("annual", {}).get("periods", ())) - {each.label for each in beside}
    if lasting == LASTING and awaited:
        lasting = FOR_A_DAY
    return documents_tag(release.content_hash, release.rules, beside), lasting
