"""The one spelling of a release that is hashed and signed: JSON with sorted keys, no spaces, UTF-8, integers and no floats
(as RFC 8785). It leaves out what changes after the signing off (`OUTSIDE`).

`ranham-release/1`: every figure with its values. Releases that were made in it stay in it.
`ranham-release/2`: figures as the public may see them, so that what is signed can be given to anybody. Where the rules that
the release records hide a small cell, its values are empty and the column `suppressed` says `small_cells`; of which cells
that is because they are small, and of which because they would give another one away, is not said, as it would be a bound.
The actions that the codes mean stand beside the units.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from ranham.kernel.errors import Conflict
from ranham.release.content import (
    FIGURE_COLUMNS,
    FIRST_FORMAT,
    FORMAT,
    UNIT_COLUMNS,
    ActionRow,
    Header,
    ReleaseContent,
    spell,
)
from ranham.release.suppression import hidden_figures, policy_of

OUTSIDE = ("state", "published_at", "content_hash", "signature", "key_id", "superseded_by", "release_format")
"""Fields of the header that are no part of the content: they change after it was signed off, or say how it is signed."""
ACTION_COLUMNS = tuple(ActionRow.__dataclass_fields__)
REASON = "small_cells"
VALUES = ("numerator", "denominator")


def canonical(content: ReleaseContent) -> bytes:
    """What is hashed and signed, in the format that the release was made in."""
    made_in = content.header.release_format
    if made_in not in (FIRST_FORMAT, FORMAT):
        raise Conflict(f"{content.header.number} is in the format {made_in}, which this version does not know")
    said = {
        "format": made_in,
        "release": {name: getattr(content.header, name) for name in Header.__dataclass_fields__ if name not in OUTSIDE},
        "units": _table(UNIT_COLUMNS, ([getattr(unit, name) for name in UNIT_COLUMNS] for unit in content.units)),
    }
    if made_in == FIRST_FORMAT:
        said["figures"] = _table(
            FIGURE_COLUMNS, ([getattr(f, name) for name in FIGURE_COLUMNS] for f in content.figures)
        )
    else:
        said["figures"] = _table((*FIGURE_COLUMNS, "suppressed"), _figures(content))
        said["actions"] = _table(
            ACTION_COLUMNS, ([getattr(action, name) for name in ACTION_COLUMNS] for action in content.actions)
        )
    return spell(said).encode()


def content_hash(content: ReleaseContent) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def _figures(content: ReleaseContent) -> Iterable[list[Any]]:
    without = dict(zip(VALUES, hidden_figures(content, policy_of(content.header.rules)), strict=True))
    for position, figure in enumerate(content.figures):
        gone = {name for name, positions in without.items() if position in positions}
        row = [None if name in gone else getattr(figure, name) for name in FIGURE_COLUMNS]
        yield [*row, REASON if gone else None]


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """Names once and then only values: a third of the size of named fields in every row."""
    return {"columns": columns, "rows": list(rows)}
