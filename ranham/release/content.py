"""What a release says.

Formats and documents take a `ReleaseContent` and nothing else, so they never look at live data.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.compliance import rules
from ranham.kernel.errors import NotFound

FIRST_FORMAT, FORMAT = "ranham-release/1", "ranham-release/2"


@dataclass(frozen=True, slots=True)
class Header:
    """Of the release as a whole."""

    number: str
    """`RANHAM-V:2022-B08/1`; a year `RANHAM-V:2022/1`; a sandbox `RANHAM-V:2022-B08/sandbox-1`."""
    regulation: str
    label: str
    """`2022-B08`, or `2022` of a year."""
    kind: str
    """period or year."""
    version: int
    state: str
    sandbox: bool
    reason: str | None
    territory_as_of: date
    rules: Mapping[str, Any]
    """Scoring, verification and definitions; lists named `unverified` name what is configuration, unverified."""
    rules_digest: str
    simulated: bool
    """Reports in it are simulated: every page, file and sheet says so."""
    made_at: datetime
    published_at: datetime | None
    content_hash: str
    signature: str | None
    key_id: str | None
    supersedes: str | None
    superseded_by: str | None
    closing_month: int | None
    """Of a period; a year has none."""
    year: int
    data_version: Mapping[str, Any] = field(default_factory=dict)
    """Up to which submission, report event and moment the data count."""
    release_format: str = FIRST_FORMAT
    """In which form the content is spelled, hashed and signed: see `ranham.release.spelling`."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as of the release's territory; one that did not stand on that day has no code, parent and office."""

    code: str | None
    name: str
    """Without the type before it."""
    type: str
    level: str
    parent_code: str | None
    office_key: str | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One ratio, never clipped; `scope` says whose obligations it counts.

    A year has the figure `annual_score` only: of each reporter (own), and the mean of reporters by level (national).
    """

    level: str
    """national, ministry, province, regency or office."""
    unit_code: str | None
    """Of an office its key; empty for the nation."""
    unit_name: str
    """With the type before it."""
    scope: str
    """own, regencies, provinces, ministries or pooled."""
    target_group: str | None
    """`(none)`: actions without one."""
    action: str | None
    figure: str
    numerator: int
    denominator: int
    denominator_name: str

    @property
    def percent(self) -> Decimal | None:
        """Percent with two decimals, half up; None where the denominator is zero."""
        return rules.percent(self.numerator, self.denominator)

    @property
    def impossible(self) -> bool:
        """More than there can be: shown as an error, never clipped."""
        return self.numerator > self.denominator


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action of the plan that the release follows: what the codes of figures mean."""

    code: str
    title: str
    """As the plan has it, in Indonesian."""
    target_group: str
    """`(none)`: it has none."""


@dataclass(frozen=True, slots=True)
class ReleaseContent:
    header: Header
    units: tuple[UnitRow, ...]
    figures: tuple[Figure, ...]
    actions: tuple[ActionRow, ...] = ()


UNIT_COLUMNS = tuple(UnitRow.__dataclass_fields__)
FIGURE_COLUMNS = tuple(Figure.__dataclass_fields__)

HEADER = """
SELECT r.*, s.number AS supersedes_number, b.number AS superseded_by_number, p.closing_month, y.year
FROM release r JOIN plan_year y ON y.id = r.plan_year_id LEFT JOIN period p ON p.id = r.period_id
LEFT JOIN release s ON s.id = r.supersedes LEFT JOIN release b ON b.id = r.superseded_by
WHERE r.number = :number
"""
BY_NAME = 'level COLLATE "C", code COLLATE "C" NULLS LAST, name COLLATE "C", unit_id'
UNITS = f"SELECT {', '.join(UNIT_COLUMNS)} FROM release_unit WHERE release_id = :release ORDER BY {BY_NAME}"
FIGURES = f"SELECT {', '.join(FIGURE_COLUMNS)} FROM release_figure WHERE release_id = :release ORDER BY position"
ACTIONS = """
SELECT a.code, a.title_id AS title, coalesce(g.code, '(none)') AS target_group
FROM release r JOIN action a ON a.plan_year_id = r.plan_year_id LEFT JOIN target_group g ON g.id = a.target_group_id
WHERE r.id = :release ORDER BY a.code COLLATE "C"
"""
NEAREST = """
SELECT number FROM release WHERE NOT sandbox AND state <> 'dropped'
ORDER BY (label = :label OR regulation || ':' || label = :label) DESC, made_at DESC, number LIMIT 5
"""


def load(session: Session, number: str) -> ReleaseContent:
    """A release by its number. `NotFound` says which there are."""
    header, release_id = _header(session, number)
    return ReleaseContent(
        header=header,
        units=tuple(UnitRow(*row) for row in session.execute(text(UNITS), {"release": release_id})),
        figures=tuple(Figure(*row) for row in session.execute(text(FIGURES), {"release": release_id})),
        actions=tuple(ActionRow(*row) for row in session.execute(text(ACTIONS), {"release": release_id})),
    )


def load_header(session: Session, number: str) -> Header:
    return _header(session, number)[0]


def spell(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain)


def not_found(session: Session, number: str) -> NotFound:
    there = session.scalars(text(NEAREST), {"label": number.partition("/")[0]}).all()
    if not there:
        return NotFound(f"no release {number}, and no other; make one with: ranham release make PERIOD")
    return NotFound(f"no release {number}; there are {', '.join(there)}")


def _header(session: Session, number: str) -> tuple[Header, int]:
    row = session.execute(text(HEADER), {"number": number}).one_or_none()
    if row is None:
        raise not_found(session, number)
    return _of_row(row), row.id


def _of_row(row: Row[Any]) -> Header:
    same = set(Header.__dataclass_fields__) - {"supersedes", "superseded_by", "data_version", "made_at", "published_at"}
    return Header(
        **{name: getattr(row, name) for name in same},
        supersedes=row.supersedes_number,
        superseded_by=row.superseded_by_number,
        made_at=row.made_at.astimezone(UTC),
        published_at=row.published_at and row.published_at.astimezone(UTC),
        data_version={
            "submissions": row.watermark,
            "events": row.event_watermark,
            "excuses": row.excuses,
            "known_at": _plain(row.known_at),
        },
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a release cannot carry a {type(value).__name__}; write it as text or whole number")
