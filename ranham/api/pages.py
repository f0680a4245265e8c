"""Refusals as pages: whoever follows a link of a message sits before a browser, not before a program."""

import json
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from ranham.reminder.links.page import refusal_page

HTML = "text/html"
LINKED = "/api/v1/contacts/"

Handler = Callable[[Request, Exception], Awaitable[Response]]


def for_people(handler: Handler) -> Handler:
    """The same refusal as a page, where a browser asks for what a link leads to."""

    async def answer(request: Request, error: Exception) -> Response:
        said = await handler(request, error)
        if not _is_browser(request):
            return said
        headers = {
            name: value for name, value in said.headers.items() if name not in ("content-type", "content-length")
        }
        detail = str(json.loads(bytes(said.body))["detail"])
        return HTMLResponse(refusal_page(said.status_code, detail), said.status_code, headers)

    return answer


def _is_browser(request: Request) -> bool:
    return request.url.path.startswith(LINKED) and HTML in request.headers.get("accept", "")
