"""How an operation says in the OpenAPI document what it answers and how it refuses."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from ranham.api.schemas.problem import MEDIA_TYPE

_EVERYWHERE = (400, 401, 403, 404, 413, 422, 500, 503)
_REFUSAL = {
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_WORDS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "The roles of the person, or the scopes of the token, do not allow this.",
    404: "There is no such thing, or the person may not see it.",
    408: "The sender of the file went silent.",
    409: "The state of things does not allow this; `possible` says what it allows, where that can be said.",
    410: "The cursor is of a history that is no more: begin anew without it.",
    412: "It was changed since it was read: read it again.",
    413: "The body is too large.",
    415: "Another kind of content is expected.",
    422: "The input is not as expected; `errors` says where, what was found, and what is expected.",
    428: "The request does not say which version it is about (If-Match, If-None-Match).",
    429: "Too many tries.",
    500: "Something went wrong here; the id of `instance` is in the log.",
    503: "Busy, or not available now: try again.",
}
_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "Seconds after which to try again."},
    503: {"Retry-After": "Seconds after which to try again."},
}


def refusals(*more: int, but: tuple[int, ...] = ()) -> dict[int | str, dict[str, Any]]:
    """Those that may happen everywhere, and the operation's own."""
    statuses = sorted({*_EVERYWHERE, *more} - set(but))
    return {status: {"description": _WORDS[status], **_REFUSAL, **_headers(status)} for status in statuses}


def answers(
    model: type[BaseModel] | None, status: int = 200, *, words: str | None = None, **headers: str
) -> dict[int | str, dict[str, Any]]:
    """One answer that is no refusal; headers are written as keywords, such as `etag="..."`."""
    said: dict[str, Any] = {"description": words or HTTPStatus(status).phrase}
    if model is not None:
        said["model"] = model
    if headers:
        said["headers"] = {_header_name(name): _header(text) for name, text in headers.items()}
    return {status: said}


def _headers(status: int) -> dict[str, Any]:
    known = _HEADERS.get(status)
    return {"headers": {name: _header(text) for name, text in known.items()}} if known else {}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _header_name(keyword: str) -> str:
    return keyword.replace("_", "-").title().replace("Etag", "ETag")
