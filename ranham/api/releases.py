"""Releases as they are pulled: one of them, its figures, and what a figure counts."""

import hashlib
import re
from collections.abc import Collection
from functools import lru_cache
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Row
from starlette.responses import Response

from ranham.access.permissions import Right, require_everywhere
from ranham.api import paging
from ranham.api.blinds import blind_to
from ranham.api.release_files import NOT_CHANGED
from ranham.api.released import IfNoneMatch, LabelPath, VersionPath, content_tag, headers, named, policy, unchanged
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.release import (
    CountedFigureOut,
    CountedOut,
    ExplainFilter,
    ExplanationOut,
    FactOut,
    FigureFilter,
    FigureOut,
    FiguresOut,
    LeftOutOut,
    Nothing,
    ReleaseWholeOut,
)
from ranham.api.standing import stays
from ranham.api.work import FromCaller, Work, reading
from ranham.compliance.rules import percent
from ranham.kernel.errors import BadInput
from ranham.plan.queries import find_period
from ranham.release import queries
from ranham.release.content import Figure, load, load_header
from ranham.release.formats import FORMATS
from ranham.release.models import Release
from ranham.release.provenance import CountedRow, FactRow, explain
from ranham.release.suppression import hidden

router = APIRouter(tags=["releases"])
EXPLAINED = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
JUDGED = ("score_bp", "decided_score_bp", "decision_id", "remark", "verified_by")
"""What a blind second reader does not see of the first reading."""
Hidden = tuple[Collection[int], Collection[int]]
_counting = Lock()


@router.get("/releases/{label}/{version}", operation_id="get_release", responses=answers(ReleaseWholeOut) | refusals())
def get_release(
    label: LabelPath, version: VersionPath, caller: FromCaller, _asked: Annotated[Nothing, Query()]
) -> Response:
    """One release: under what its figures were computed, its hash and signature, and what superseded it."""
    with reading(caller) as work:
        header = load_header(work.session, named(work.session, label, version).number)
    known = {name: getattr(header, name) for name in ReleaseWholeOut.model_fields if name != "formats"}
    return reply(ReleaseWholeOut.model_validate(known | {"formats": list(FORMATS)})).response()


@router.get(
    "/releases/{label}/{version}/figures",
    operation_id="list_release_figures",
    responses=answers(FiguresOut, etag="Content hash, rule and question.") | NOT_CHANGED | refusals(),
)
def figures(  # noqa: PLR0913 - what the request is made of
    label: LabelPath,
    version: VersionPath,
    filters: Annotated[FigureFilter, Query()],
    caller: FromCaller,
    request: Request,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Figures page by page, with what the small-cell rule hides empty. Those of a published release never change."""
    after = paging.id_of(filters.cursor)
    with reading(caller) as work:
        release = named(work.session, label, version)
        asked = hashlib.sha256(f"{request.url.path}?{filters.model_dump_json()}".encode()).hexdigest()[:16]
        said = headers(release, tag=f"{content_tag(release)}-{asked}")
        same = unchanged(if_none_match, said)
        if same is not None:
            return same
        rows = queries.figure_page(
            work.session, release.id, filters.model_dump(), sort=filters.sort, after=after, limit=filters.limit + 1
        )
        out = _hidden(work, release)
        number, simulated = release.number, release.simulated
    shown = rows[: filters.limit]
    following = str(shown[-1].position) if len(rows) > filters.limit else None
    page = FiguresOut(
        release=number,
        simulated=simulated,
        items=[_figure(row, out) for row in shown],
        next=paging.next_page(request, filters.model_dump(mode="json"), following),
    )
    response = reply(page).response()
    response.headers.update(said)
    return stays(request, response, said)


@router.get(
    "/releases/{label}/{version}/explain",
    operation_id="explain_release",
    responses=answers(ExplanationOut) | refusals(),
)
def explained(
    label: LabelPath, version: VersionPath, filters: Annotated[ExplainFilter, Query()], caller: FromCaller,
    request: Request,
) -> Response:  # fmt: skip
    """What a figure counts, row by row. What stands behind a report is empty where the person may not see the unit.

    Where small cells are hidden, only those who see every unit are told: anybody else could count what is hidden.
    """
    after = paging.position_of(filters.cursor)
    if after is not None and not EXPLAINED.fullmatch(after):
        raise BadInput([paging.REFUSED])
    with reading(caller) as work:
        release = named(work.session, label, version)
        if policy(release) is not None:
            require_everywhere(work.principal, Right.READ)
        asked = filters.model_dump(exclude={"cursor", "limit", "unit_code", "figure"})
        found = explain(
            work.session, release.number, filters.unit_code, filters.figure, **asked, after=after, limit=filters.limit
        )
        blind = _blind(work, release.regulation, [fact for row in found.rows for fact in row.facts])
    said = ExplanationOut(
        release=found.number,
        sum=_counted(found.sum),
        rows=[_row(each, blind) for each in found.rows],
        left_out=[LeftOutOut(unit_code=code, unit_name=name, reason=why) for code, name, why in found.left_out],
        next=paging.next_page(request, filters.model_dump(mode="json"), found.next),
    )
    return reply(said).response()


def _hidden(work: Work, release: Release) -> Hidden:
    """Positions of numerators and denominators. Of a large release this takes long, so it is kept by content."""
    rule = policy(release)
    if rule is None:
        return (), ()
    known = _kept(content_tag(release))
    with _counting:
        if not known:
            numerators, denominators = hidden(load(work.session, release.number), rule)
            known.append((frozenset(p + 1 for p in numerators), frozenset(p + 1 for p in denominators)))
        return known[0]


@lru_cache(maxsize=8)
def _kept(_content: str) -> list[Hidden]:
    return []


def _figure(row: Row[Any], out: Hidden) -> FigureOut:
    above, below = row.position in out[0], row.position in out[1]
    exact = None if above else percent(row.numerator, row.denominator)
    return FigureOut.model_validate(
        row._asdict()
        | {
            "numerator": None if above else row.numerator,
            "denominator": None if below else row.denominator,
            "percent": None if exact is None else str(exact),
            "impossible": not above and row.numerator > row.denominator,
            "suppressed": above or below,
        }
    )


def _counted(figure: Figure) -> CountedFigureOut:
    exact = figure.percent
    known = {name: getattr(figure, name) for name in CountedFigureOut.model_fields if name != "percent"}
    return CountedFigureOut.model_validate(known | {"percent": None if exact is None else str(exact)})


def _blind(work: Work, regulation: str, facts: list[FactRow]) -> set[tuple[str, int]]:
    owed: dict[str, list[int]] = {}
    for fact in facts:
        owed.setdefault(fact.period, []).append(fact.obligation_id)
    return {
        (period, id_)
        for period, ids in owed.items()
        for id_ in blind_to(work, find_period(work.session, f"{regulation}:{period}").id, ids)
    }


def _row(row: CountedRow, blind: set[tuple[str, int]]) -> CountedOut:
    said = CountedOut.model_validate(row)
    facts = [
        FactOut.model_validate(each).model_copy(
            update=dict.fromkeys(JUDGED) if (each.period, each.obligation_id) in blind else {}
        )
        for each in row.facts
    ]
    return said.model_copy(update={"facts": facts})
