"""Pages: a cursor that means nothing to clients, and the address of the next page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request

from ranham.kernel.errors import BadInput, Finding

REFUSED = Finding("/query/cursor", "a cursor that was not given here", "the one in `next` of the page before")


def cursor_of(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(cursor: str | None, refused: Finding = REFUSED) -> str | None:
    if cursor is None:
        return None
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise BadInput([refused]) from None


def id_of(cursor: str | None) -> int:
    """The last id already seen, 0 at the beginning."""
    position = position_of(cursor)
    if position is None:
        return 0
    if not (position.isascii() and position.isdecimal() and len(position) <= 18):
        raise BadInput([REFUSED])
    return int(position)


def next_page(request: Request, filters: Mapping[str, object], position: str | None) -> str | None:
    """The same question, from the position on; None where there is no more."""
    if position is None:
        return None
    kept = {name: value for name, value in filters.items() if name != "cursor"}  # the new one goes last
    return address(request, kept | {"cursor": cursor_of(position)})


def address(request: Request, question: Mapping[str, object]) -> str:
    """The same resource under another question; what is None is left out."""
    return f"{request.url.path}?{urlencode({name: str(v) for name, v in question.items() if v is not None})}"
