"""Files of releases under addresses that stay."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from ranham.api.released import (
    IfNoneMatch,
    LabelPath,
    VersionPath,
    content_tag,
    headers,
    named,
    policy,
    takes_gzip,
    unchanged,
    whole,
)
from ranham.api.responses import answers, refusals
from ranham.api.schemas.release import Nothing
from ranham.api.standing import stays
from ranham.api.work import FromCaller, reading
from ranham.kernel.settings import settings
from ranham.release import kept
from ranham.release.content import load
from ranham.release.states import PUBLIC

router = APIRouter(tags=["releases"])
FormatPath = Annotated[
    Literal["json", "csv", "datapackage", "parquet", "xlsx", "dhis2", "sdmx"],
    Path(description="Name of the format.", examples=["json"]),
]
MEDIA_TYPES = {
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
ANY = "application/octet-stream"
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes of the format; a ZIP where it has several files.",
        "headers": {"ETag": {"description": "Content hash, rule and format.", "schema": {"type": "string"}}},
        "content": {
            each.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for each in (*MEDIA_TYPES.values(), ANY)
            if each != "application/json"
        }
        | {"application/json": {"schema": {"type": "object"}, "example": {"release": {}, "units": [], "figures": []}}},
    }
}
NOT_CHANGED = answers(None, 304, words="The client has it already.")
AcceptEncoding = Annotated[str | None, Header(include_in_schema=False)]


@router.get(
    "/releases/{label}/{version}/files/{format_name}",
    operation_id="download_release",
    response_class=Response,
    responses=FILE | NOT_CHANGED | refusals(),
)
def download(  # noqa: PLR0913 - what the request is made of
    label: LabelPath,
    version: VersionPath,
    format_name: FormatPath,
    caller: FromCaller,
    request: Request,
    _asked: Annotated[Nothing, Query()],
    if_none_match: IfNoneMatch = None,
    accept_encoding: AcceptEncoding = None,
) -> Response:
    """One format of a release, with what the small-cell rule hides left out. Those of a published one never change."""
    packed = takes_gzip(accept_encoding)
    with reading(caller) as work:
        release = named(work.session, label, version)
        tag = f"{content_tag(release)}-{format_name}"
        said = headers(release, tag=f"{tag}-gzip" if packed else tag)
        same = unchanged(if_none_match, said)
        if same is not None:
            return same
        number, rule = release.number, policy(release)
        if release.state not in PUBLIC:
            name, data = kept.render(load(work.session, number), format_name, rule)
            return _attachment(name, data, said)
        file = kept.keep(
            settings().data_dir / "release-files", content_tag(release), format_name, rule,
            lambda: load(work.session, number),
        )  # fmt: skip
    if packed:
        made = _attachment(file.name, file.packed.read_bytes(), said | {"Content-Encoding": "gzip"})
    else:
        made = _attachment(file.name, file.plain.read_bytes(), said)
    return made if request.url.query else stays(request, made, said)  # such as `?&`, which says nothing


def _attachment(name: str, data: bytes, said: dict[str, str]) -> Response:
    return whole(data, name, said, MEDIA_TYPES.get(f".{name.rpartition('.')[2]}", ANY))
