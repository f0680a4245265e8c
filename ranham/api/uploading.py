"""Files on their way in: passed on piece by piece, with threads of their own, so that slow senders stop nobody else."""

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import Annotated

import anyio
from anyio import CapacityLimiter, from_thread, to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from ranham.access.permissions import Right
from ranham.api.evidence import described
from ranham.api.forms import FORM, without_form
from ranham.api.idempotency import Key
from ranham.api.kinds import Stalled, TooLarge
from ranham.api.reply import Reply, reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.evidence import EvidenceIn, StoredOut
from ranham.api.schemas.fields import UnitCode
from ranham.api.work import Caller, FromCaller, IdempotencyKey, Work, Writer, about, reading, write
from ranham.kernel import clock
from ranham.kernel.settings import settings
from ranham.submission.evidence import receiving, service
from ranham.submission.evidence.receiving import Received
from ranham.submission.evidence.rules import Attributes, FileRefused

router = APIRouter(tags=["evidence"])

AT_ONCE = 8
"""Files that one process takes in at the same time; the next ones wait."""
SILENCE_SECONDS = 30
"""Longest pause between two pieces of a file."""
LONGEST_SECONDS = 30 * 60
"""For a whole file: else a few senders of a byte now and then would keep everybody out."""
BODY = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, or a form with this one file; what it is stands in the query either way.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                },
                "example": {"file": "(the bytes of the file, with a filename)"},
            },
        },
    }
}


@router.post(
    "/units/{unit_code}/evidence",
    operation_id="upload_evidence",
    openapi_extra=BODY,
    responses=answers(StoredOut, 201, words="A new file.")
    | answers(StoredOut, words="The unit had these bytes already.")
    | refusals(408),
)
async def upload(
    unit_code: Annotated[UnitCode, Path(description="Code of the unit today.", examples=["36.04"])],
    said: Annotated[EvidenceIn, Query()],
    request: Request,
    caller: FromCaller,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Take a file in for a unit. What it is says its content; the same bytes again are the same file."""
    pieces = without_form(
        Pieces(request.stream()), request.headers.get("content-type", ""), most=settings().evidence_max_bytes
    )
    return await to_thread.run_sync(
        _take_in, pieces, caller, (unit_code, said), (idempotency_key, about(request)), limiter=_uploads()
    )


def _take_in(
    pieces: Iterator[bytes], caller: Caller, what: tuple[str, EvidenceIn], key: tuple[str | None, str]
) -> Response:
    unit_code, said = what
    with reading(caller) as work:  # before anything is taken in
        work.unit_of_code(unit_code, work.day, Right.UPLOAD)
    attributes = Attributes(said.kind, said.dated_on, said.letterhead, said.signed)
    try:
        with receiving.receive(pieces, said.file_name) as received:
            given = Key(key[0], key[1], received.sha256) if key[0] else None
            return write(Writer(caller, given), lambda work: _keep(work, unit_code, received, attributes))
    except FileRefused as refused:
        if refused.code == "too_large":
            raise TooLarge(str(refused)) from refused
        raise


def _keep(work: Work, unit_code: str, received: Received, attributes: Attributes) -> Reply:
    unit_id = work.unit_of_code(unit_code, work.day, Right.UPLOAD)
    stored = service.keep(work.session, unit_id, received, attributes=attributes, by=work.principal.actor, now=work.now)
    said = StoredOut(
        evidence=described(work, stored.evidence), already_stored=stored.already_stored, notice=stored.notice
    )
    return reply(said, 200 if stored.already_stored else 201)


class Pieces:
    """A request's body for a thread that reads it."""

    def __init__(self, stream: AsyncIterator[bytes], *, longest: float = LONGEST_SECONDS) -> None:
        self._stream = stream
        self._longest = longest
        self._began: float | None = None
        """The first piece was asked for: waiting for a turn does not count."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._began = clock.stopwatch() if self._began is None else self._began
        piece = from_thread.run(self._next)
        if piece is None:
            raise StopIteration
        if clock.stopwatch() - self._began > self._longest:
            raise Stalled(
                f"the file took longer than {self._longest // 60:.0f} minutes; send it again on a faster line"
            )
        return piece

    async def _next(self) -> bytes | None:
        try:
            with anyio.fail_after(SILENCE_SECONDS):
                return await anext(self._stream, None)
        except TimeoutError:
            raise Stalled(f"nothing came for {SILENCE_SECONDS} seconds; send the file again") from None


@lru_cache(maxsize=1)
def _uploads() -> CapacityLimiter:
    return CapacityLimiter(min(AT_ONCE, settings().connections))
