"""The access log: a JSON line for each request, and those that are due in the same moment written together."""

import asyncio
import logging
import re
from collections.abc import MutableMapping
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from ranham.kernel import clock

log = logging.getLogger("ranham.api.access")

_SECRET = re.compile(r"(/(?:contacts|calendars)/)[^/]+")
_SECRET_BEGINS = ("/contacts/", "/calendars/")


class AccessLog:
    """Writing costs several times what making a line does, and where many ask at once many lines are due at once.

    A line waits until the event loop has gone through what is at hand, and never for another request to come.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._written_by: asyncio.AbstractEventLoop | None = None

    def add(self, line: str) -> None:
        if not log.isEnabledFor(logging.INFO):
            return
        self._lines.append(line)
        loop = asyncio.get_running_loop()
        if self._written_by is not loop:
            self._written_by = loop
            loop.call_soon(self._write)

    def _write(self) -> None:
        lines, self._lines, self._written_by = self._lines, [], None
        if not lines:
            return
        # As `info` does, but without looking for the line of source that it comes from, which takes half of the time.
        known = {"name": log.name, "levelno": logging.INFO, "levelname": "INFO", "msg": "\n".join(lines)}
        log.handle(logging.makeLogRecord(known))


def line_of(scope: MutableMapping[str, Any], method: str, status: int, seconds: float) -> str:
    """Never a header, never the query, and of a link only what it is for: tokens and search words stay out of the log."""
    path, person = scope["path"], scope.get("ranham.person")
    if any(each in path for each in _SECRET_BEGINS):
        path = _SECRET.sub(r"\1...", path)
    at, client = clock.real_now().isoformat(timespec="milliseconds"), (scope.get("client") or ("",))[0]
    return (
        f'{{"at": "{at}", "request": "{scope["ranham.request_id"]}", "client": {_quoted(client)}, '
        f'"method": {_quoted(method)}, "path": {_quoted(path)}, "person": {"null" if person is None else person}, '
        f'"status": {status}, "ms": {seconds * 1000:.1f}}}'
    )
