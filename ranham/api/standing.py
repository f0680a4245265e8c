"""Answers about published releases, which never change: kept in the process, and given to whoever may read them.

The database is asked only whose token it is, each time anew. Everything else takes the usual way: what is not kept, a
token that is refused or has to be noted, a question that is odd in any way.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ranham.api.admission import Admission
from ranham.api.released import has, takes_gzip
from ranham.kernel import clock

ENTRIES = 4096
BODIES = 96 << 20
"""Bytes, with the addresses that they are kept under."""
LONGEST_QUERY = 1000
LARGEST_BODY = 24 << 20
"""Bytes: a file of a release of real size. Of larger answers only the tag is kept."""
UNNAMED_SECONDS = 60
"""How long an address without the regulation is taken to mean the same release: another may come to have that label."""
LONGEST_CONDITION = 2000
PLACE = "ranham.shelf"
"""Where a request finds the shelf."""
_BEGIN = "/api/v1/releases/"
_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] ([!-~]{1,200})")
_ASKED = (b"authorization", b"if-none-match", b"accept-encoding")

Key = tuple[str, bytes, bool]
"""Path, query, and whether gzip is taken."""


@dataclass(frozen=True, slots=True)
class Kept:
    tag: str
    whole: Response | None
    """None: too large to be kept."""
    unchanged: Response
    until: float | None

    @property
    def size(self) -> int:
        return len(self.whole.body) if self.whole is not None else 0


class Shelf:
    """The answers that were asked for last, as many as there is place for; filled from many threads."""

    def __init__(self, entries: int = ENTRIES, bodies: int = BODIES) -> None:
        self._entries, self._bodies = entries, bodies
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            if found.until is not None and clock.stopwatch() > found.until:
                self._drop(key)
                return None
            self._kept.move_to_end(key)
            return found

    def put(self, key: Key, kept: Kept) -> None:
        with self._lock:
            if key in self._kept:
                self._drop(key)
            self._kept[key] = kept
            self._size += _cost(key, kept)
            while len(self._kept) > self._entries or self._size > self._bodies:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self._size -= _cost(key, self._kept.pop(key))


def _cost(key: Key, kept: Kept) -> int:
    return len(key[0]) + len(key[1]) + kept.size


def stays(request: Request, answer: Response, said: dict[str, str]) -> Response:
    """Keep an answer about a published release, which `said` has the tag of; gives it back. Odd questions are answered,
    not kept: nobody is to fill the shelf with them.
    """
    shelf = request.scope.get(PLACE)
    if shelf is not None and "ETag" in said and len(request.scope["query_string"]) <= LONGEST_QUERY:
        label = request.path_params["label"]
        kept = Kept(
            tag=said["ETag"],
            whole=answer if len(answer.body) <= LARGEST_BODY else None,
            unchanged=Response(status_code=304, headers=said),
            until=None if ":" in label else clock.stopwatch() + UNNAMED_SECONDS,
        )
        cast(Shelf, shelf).put(_key(request.scope, request.headers.get("accept-encoding", "").encode("latin-1")), kept)
    return answer


class Standing:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.shelf, self.admission = Shelf(), Admission()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(_BEGIN):
            scope[PLACE] = self.shelf
            token, answer = self._answer(scope)
            if answer is not None:
                person = self.admission.remembered(token) or await self.admission.person(token)
                if person is not None:
                    scope["ranham.person"] = person
                    await answer(scope, receive, send)
                    return
        await self.app(scope, receive, send)

    def _answer(self, scope: Scope) -> tuple[str, Response | None]:
        asked: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _ASKED:
                if name in asked:
                    return "", None
                asked[name] = value
        bearer = _BEARER.fullmatch(asked.get(b"authorization", b""))
        condition = asked.get(b"if-none-match")
        if bearer is None or len(condition or b"") > LONGEST_CONDITION:
            return "", None
        kept = self.shelf.get(_key(scope, asked.get(b"accept-encoding", b"")))
        if kept is None:
            return "", None
        same = condition is not None and has(condition.decode("latin-1"), kept.tag)
        return bearer[1].decode("ascii"), kept.unchanged if same else kept.whole


def _key(scope: Scope, accepted: bytes) -> Key:
    return scope["path"], scope["query_string"], b"gzip" in accepted and takes_gzip(accepted.decode("latin-1"))
