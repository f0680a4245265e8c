"""Which releases there are, and what became of them since a client last asked."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Row
from sqlalchemy.orm import Session
from starlette.responses import Response

from ranham.api import paging
from ranham.api.kinds import HistoryChanged
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.release import ChangeOut, ReleaseFilter, ReleaseOut, ReleasesOut
from ranham.api.work import FromCaller, reading
from ranham.kernel.errors import BadInput, Finding
from ranham.release import changes, queries
from ranham.release.changes import BEGINNING, Mark

router = APIRouter(tags=["releases"])
MARK = r"([0-9]{1,18})\.([0-9a-f]{12}|0)"
SINCE, CURSOR = re.compile(MARK), re.compile(rf"([0-9]{{1,18}})\.{MARK}")
NO_SINCE = Finding("/query/since", "a cursor that was not given here", "the one in `since` of an answer")
NOT_BOTH = Finding("/query/cursor", "a cursor beside since", "one of them; `next` of a page of changes has since only")


@router.get("/releases", operation_id="list_releases", responses=answers(ReleasesOut) | refusals(410))
def list_releases(filters: Annotated[ReleaseFilter, Query()], caller: FromCaller, request: Request) -> Response:
    """Releases that the person may see, in the order in which they were made; with `since`, what became of them since.

    Keep `since` of an answer and ask with it later: every change comes once and in order (made, promoted, proposed,
    signed_off, published, superseded, dropped), as far as the person could see the release then. An item is the
    release as it is now; its `change` says what happened. A change that is committed late comes late: none is left out.
    410 says that the history is another one (a backup was restored): list all releases anew.
    """
    if filters.since is not None and filters.cursor is not None:
        raise BadInput([NOT_BOTH])
    with reading(caller) as work:
        page = _all if filters.since is None else _since
        return reply(page(work.session, filters, request)).response()


def _all(session: Session, filters: ReleaseFilter, request: Request) -> ReleasesOut:
    """Every page says where the first one stood: what changes while a client turns pages comes once more."""
    after, mark = _of_cursor(filters.cursor) if filters.cursor else (0, changes.head(session))
    rows = queries.release_page(
        session, label=filters.label, kind=filters.kind, state=filters.state, after=after, limit=filters.limit + 1
    )
    shown = rows[: filters.limit]
    following = f"{shown[-1].id}.{_said(mark)}" if len(rows) > filters.limit else None
    return ReleasesOut(
        items=[_item(row, None) for row in shown],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
        since=paging.cursor_of(_said(mark)),
    )


def _since(session: Session, filters: ReleaseFilter, request: Request) -> ReleasesOut:
    mark = _of_since(filters.since)
    if not changes.stands(session, mark):
        raise HistoryChanged(
            "this cursor is of another history of releases; list all of them anew and keep its `since`"
        )
    rows = changes.changes(
        session, after=mark.place, label=filters.label, kind=filters.kind, state=filters.state,
        limit=filters.limit + 1,
    )  # fmt: skip
    shown = rows[: filters.limit]
    more = len(rows) > filters.limit
    # Up to the last place that was looked at, so that what the person may not see is not looked at again and again.
    reached = changes.mark_at(session, shown[-1].place) if more else changes.head(session)
    since = paging.cursor_of(_said(reached))
    kept = filters.model_dump(mode="json") | {"since": since}
    return ReleasesOut(
        items=[
            _item(row, ChangeOut(what=row.what, state=row.became, at=row.at, former_number=row.former_number))
            for row in shown
        ],
        next=paging.address(request, kept) if more else None,
        since=since,
    )


def _item(row: Row[Any], change: ChangeOut | None) -> ReleaseOut:
    return ReleaseOut.model_validate(row._asdict() | {"change": change}, extra="ignore")


def _said(mark: Mark) -> str:
    return f"{mark.place}.{mark.digits}"


def _of_since(said: str | None) -> Mark:
    found = SINCE.fullmatch(paging.position_of(said, NO_SINCE) or "")
    if found is None:
        raise BadInput([NO_SINCE])
    return _mark(found[1], found[2])


def _of_cursor(said: str) -> tuple[int, Mark]:
    found = CURSOR.fullmatch(paging.position_of(said) or "")
    if found is None:
        raise BadInput([paging.REFUSED])
    return int(found[1]), _mark(found[2], found[3])


def _mark(position: str, digits: str) -> Mark:
    return BEGINNING if int(position) == 0 else Mark(int(position), digits)
