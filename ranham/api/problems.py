"""Turns whatever is raised into a problem document."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ranham.api import kinds
from ranham.api.description import allowed
from ranham.api.kinds import Kind, TooManyTries, kind_of
from ranham.api.pages import for_people
from ranham.api.schemas.problem import MEDIA_TYPE, Error, Problem
from ranham.kernel.errors import BadInput, Busy, RanhamError
from ranham.submission.receiving import ReportRefused
from ranham.submission.reports import NotPossible

log = logging.getLogger("ranham.api")

SECRET = frozenset({"password", "old_password", "new_password", "id_token", "nonce"})
LONGEST_SHOWN = 80
_OF_STATUS = {
    kind.status: kind
    for kind in (kinds.NOT_FOUND, kinds.METHOD_NOT_ALLOWED, kinds.BAD_REQUEST, kinds.TOO_LARGE, kinds.UNSUPPORTED)
}
_PASSING = (DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure)
"""The database gave up waiting for somebody else; the same request works a moment later."""


def register(app: FastAPI) -> None:
    app.add_exception_handler(RanhamError, for_people(_refused))
    app.add_exception_handler(RequestValidationError, for_people(_invalid))
    app.add_exception_handler(HTTPException, for_people(_by_status))
    app.add_exception_handler(OperationalError, for_people(_unavailable))
    app.add_exception_handler(NoConnection, for_people(_unavailable))
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, for_people(_unforeseen))


def document(  # noqa: PLR0913 - what a problem says
    kind: Kind,
    detail: str,
    *,
    request_id: str,
    errors: Sequence[Error] | None = None,
    possible: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    said = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"urn:ranham:request:{request_id}",
        errors=None if errors is None else list(errors),
        possible=None if possible is None else list(possible),
    )
    added = {"Cache-Control": "no-store", **(headers or {})}
    if kind.status == HTTPStatus.UNAUTHORIZED:
        added["WWW-Authenticate"] = "Bearer"
    if kind.retry_after is not None:
        added.setdefault("Retry-After", str(kind.retry_after))
    return Response(said.model_dump_json(exclude_none=True), kind.status, added, MEDIA_TYPE)


def internal(error: Exception, request_id: str) -> Response:
    """Says nothing of what happened; the log says it under the same id."""
    log.error("request %s failed", request_id, exc_info=error)
    return document(kinds.INTERNAL, f"The request failed; its id in our log is {request_id}", request_id=request_id)


async def _gone(request: Request, _error: Exception) -> Response:
    """Nobody hears this: the client hung up before its request was whole."""
    return document(kinds.BAD_REQUEST, "the request is not whole", request_id=request.scope["ranham.request_id"])


async def _unforeseen(request: Request, error: Exception) -> Response:
    # The framework raises it once more when it was told, for whoever keeps a log; ours has it.
    request.scope["ranham.told"] = True
    return internal(error, request.scope["ranham.request_id"])


async def _refused(request: Request, error: Exception) -> Response:
    kind = kind_of(error)
    if kind is kinds.INTERNAL:
        return internal(error, request.scope["ranham.request_id"])
    return document(
        kind,
        str(error),
        request_id=request.scope["ranham.request_id"],
        errors=_errors(error),
        possible=error.refusal.possible if isinstance(error, NotPossible) else None,
        headers={"Retry-After": str(error.retry_after)} if isinstance(error, TooManyTries) else None,
    )


async def _unavailable(request: Request, error: Exception) -> Response:
    request_id = request.scope["ranham.request_id"]
    if isinstance(error, OperationalError) and isinstance(error.orig, _PASSING):
        log.warning("request %s gave up waiting: %s", request_id, type(error.orig).__name__)
        return document(kind_of(Busy()), "others were at the same work; try again", request_id=request_id)
    log.error("request %s: the database does not answer: %s", request_id, type(error).__name__)
    return document(kinds.DATABASE, "the database does not answer now; try again later", request_id=request_id)


async def _by_status(request: Request, error: Exception) -> Response:
    """Refusals of the framework itself: no such path, no such method, a body that cannot be read."""
    if not isinstance(error, HTTPException):
        raise error
    kind = _OF_STATUS.get(error.status_code) or Kind("http", error.status_code, HTTPStatus(error.status_code).phrase)
    detail = {
        HTTPStatus.NOT_FOUND: f"no resource {request.url.path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible on {request.url.path}",
    }.get(HTTPStatus(error.status_code), str(error.detail))
    headers = {**(error.headers or {})}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := allowed(request.app, request.url.path)):
        headers["Allow"] = ", ".join(methods)
    return document(kind, detail, request_id=request.scope["ranham.request_id"], headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [_error(each) for each in error.errors()]
    places = ", ".join(each.pointer for each in errors[:5])
    return document(
        kinds.BAD_INPUT,
        f"{len(errors)} of the input is not as expected: {places}",
        request_id=request.scope["ranham.request_id"],
        errors=errors,
    )


def _error(found: Mapping[str, Any]) -> Error:
    """What a validation says, without repeating secrets or whole documents."""
    where = [str(part) for part in found["loc"]]
    pointer = "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in where)
    if found["type"] == "json_invalid":
        return Error(pointer="/body", found=f"no JSON: {found['ctx']['error']}", expected="JSON")
    if isinstance(found.get("input"), bytes):
        return Error(pointer=pointer, found="bytes of no declared kind", expected="Content-Type: application/json")
    if found["type"] == "missing":
        return Error(pointer=pointer, found="nothing", expected="a value")
    shown = "(not shown)" if SECRET & set(where) else _shown(found.get("input"))
    return Error(pointer=pointer, found=shown, expected=found["msg"].removeprefix("Value error, "))


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    words = repr(value)
    return (words if len(words) <= LONGEST_SHOWN else words[:LONGEST_SHOWN] + "...").encode("utf-8", "replace").decode()


def _errors(error: Exception) -> list[Error] | None:
    if isinstance(error, ReportRefused):
        return [
            Error(
                pointer="/report" if each.measure_number is None else f"/measures/{each.measure_number}",
                found=each.code,
                expected=each.words,
            )
            for each in error.report_findings
        ]
    if isinstance(error, BadInput):
        return [Error(pointer=each.where, found=each.found, expected=each.expected) for each in error.findings]
    return None
