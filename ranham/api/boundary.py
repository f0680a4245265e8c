"""What every request passes, whatever it asks for: its id, the limit of its body, safe headers, one line in the log."""

import secrets
from http import HTTPStatus

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ranham.api import kinds, problems
from ranham.api.access_log import AccessLog, line_of
from ranham.kernel import clock
from ranham.kernel.settings import settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Added where an answer does not say otherwise. What is answered is for one person: nobody keeps copies."""
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
NO_ANSWER = 0
"""In the log: the connection broke before there was one."""
STREAMED = "/evidence"
"""Paths that end so take files: they are measured by whoever takes them in."""


class Boundary:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.log = AccessLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = scope["method"]
        if asked == "HEAD":  # the server sends no body for it
            scope = {**scope, "method": "GET"}
        request_id = scope["ranham.request_id"] = secrets.token_hex(8)
        began, status = clock.stopwatch(), NO_ANSWER

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = message["headers"] = list(message["headers"])
                said.append((b"request-id", request_id.encode()))
                if status != HTTPStatus.NOT_MODIFIED:  # what the client keeps has them already
                    there = {name for name, _ in said}
                    said += [each for each in _HEADERS if each[0] not in there]
            await send(message)

        try:
            limited = _limited(scope, receive)
            if limited is None:
                refusal = problems.document(kinds.TOO_LARGE, _limit_in_words(), request_id=request_id)
                await refusal(scope, receive, answer)
            else:
                await self.app(scope, limited, answer)
        except Exception:
            if "ranham.told" not in scope:  # half an answer is out: the client has to see that it broke
                raise
        finally:
            self.log.add(line_of(scope, asked, status, clock.stopwatch() - began))


def _limited(scope: Scope, receive: Receive) -> Receive | None:
    """`receive` that stops at the limit; None if the client says beforehand that it sends more."""
    if scope["path"].endswith(STREAMED):
        return receive
    limit, seen = settings().api_max_body_bytes, 0
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if declared.isdigit() and int(declared) > limit:
        return None

    async def measured() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _limit_in_words())
        return message

    return measured


def _limit_in_words() -> str:
    return f"the body of a request may have at most {settings().api_max_body_bytes} bytes"
