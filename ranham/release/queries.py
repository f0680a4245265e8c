"""Which releases there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.release.content import not_found
from ranham.release.models import Release
from ranham.release.states import ReleaseState
from ranham.release.subject import Subject


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    number: str
    state: str
    territory_as_of: date
    simulated: bool
    made_at: datetime
    made_by: str
    published_at: datetime | None
    superseded_by: str | None
    reason: str | None
    content_hash: str


LIST = """
SELECT r.number, r.state, r.territory_as_of, r.simulated, r.made_at, r.made_by, r.published_at, b.number, r.reason,
       r.content_hash
FROM release r LEFT JOIN release b ON b.id = r.superseded_by
WHERE (cast(:label AS text) IS NULL OR r.label = :label OR r.regulation || ':' || r.label = :label) AND (:sandboxes OR NOT r.sandbox)
ORDER BY r.regulation, r.label, r.sandbox, r.version
"""


def releases(session: Session, *, label: str | None = None, sandboxes: bool = False) -> list[ReleaseRow]:
    """By label and version; sandboxes are left out unless they are asked for."""
    found = session.execute(text(LIST).bindparams(sandboxes=sandboxes), {"label": label})
    return [ReleaseRow(*row) for row in found]


def get_release(session: Session, number: str, *, lock: bool = False) -> Release:
    asked = select(Release).where(Release.number == number).execution_options(populate_existing=True)
    found = session.scalars(asked.with_for_update() if lock else asked).one_or_none()
    if found is None:
        raise not_found(session, number)
    return found


def find_number(session: Session, said: str) -> str:
    return find(session, said).number


def find(session: Session, said: str) -> Release:
    """The release that is meant: by its number, with or without the regulation; of a label alone the published one.

    Where none is published yet, the newest version that was not dropped.
    """
    label, _, version = said.partition("/")
    regulation, _, bare = label.rpartition(":")
    of_label = select(Release).where(Release.label == bare).order_by(Release.version.desc())
    if not version:
        of_label = of_label.where(Release.state != ReleaseState.DROPPED)
    found = session.scalars(of_label).all()
    fits = [
        each
        for each in found
        if regulation in ("", each.regulation) and (each.number.partition("/")[2] == version or not version)
    ]
    if not version:
        fits = [each for each in fits if not each.sandbox]
        fits = [each for each in fits if each.state is ReleaseState.PUBLISHED] or fits[:1]
    if len(fits) != 1:
        if fits:
            raise NotFound(f"{said} may be {' or '.join(sorted(each.number for each in fits))}; name one")
        raise not_found(session, said)
    return fits[0]


PAGE = """
SELECT r.id, r.number, r.regulation, r.label, r.kind, r.state, r.sandbox, r.reason, r.territory_as_of, r.simulated,
       r.made_at, r.published_at, r.content_hash, b.number AS superseded_by
FROM release r LEFT JOIN release b ON b.id = r.superseded_by
WHERE r.id > :after AND (cast(:label AS text) IS NULL OR r.label = :label OR r.regulation || ':' || r.label = :label)
  AND (cast(:kind AS text) IS NULL OR r.kind = :kind) AND (cast(:state AS text) IS NULL OR r.state = :state)
ORDER BY r.id LIMIT :limit
"""


def release_page(  # noqa: PLR0913 - a page of a filtered list
    session: Session, *, label: str | None, kind: str | None, state: str | None, after: int, limit: int
) -> Sequence[Row[Any]]:
    """In the order in which they were made, sandboxes too."""
    bounds = {"label": label, "kind": kind, "state": state, "after": after, "limit": limit}
    return session.execute(text(PAGE), bounds).all()


FILTERS = ("level", "unit_code", "scope", "target_group", "action", "figure")
SORTS: Mapping[str, str] = {
    "position": "''",
    "unit_code": "coalesce(unit_code, '')",
    "unit_name": "unit_name",
    "figure": "figure",
}
"""Never by a value: the order would tell what the small-cell rule hides."""
FIGURE_PAGE = """
SELECT position, level, unit_code, unit_name, scope, target_group, action, figure, numerator, denominator,
       denominator_name,
       (SELECT a.title_id FROM release r JOIN action a ON a.plan_year_id = r.plan_year_id
        WHERE r.id = :release AND a.code = release_figure.action) AS action_title
FROM release_figure WHERE release_id = :release {conditions}
ORDER BY {key} COLLATE "C", position LIMIT :limit
"""
FROM_THERE = """
AND ({key} COLLATE "C", position) > (
    SELECT {key} COLLATE "C", position FROM release_figure WHERE release_id = :release AND position = :after)
"""


def figure_page(  # noqa: PLR0913 - a page of a filtered list
    session: Session, release_id: int, bounds: Mapping[str, str | None], *, sort: str, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Figures that fit every bound given (`FILTERS`), after the position of the last one seen."""
    given = {name: bounds[name] for name in FILTERS if bounds.get(name) is not None}
    key = SORTS[sort]
    conditions = "".join(f" AND {name} = :{name}" for name in given) + (FROM_THERE.format(key=key) if after else "")
    values = {**given, "release": release_id, "limit": limit} | ({"after": after} if after else {})
    return session.execute(text(FIGURE_PAGE.format(conditions=conditions, key=key)), values).all()


def published(session: Session, subject: Subject) -> Release | None:
    """The version that counts."""
    asked = select(Release).where(
        Release.regulation == subject.regulation,
        Release.label == subject.label,
        Release.state == ReleaseState.PUBLISHED,
    )
    return session.scalars(asked).one_or_none()
