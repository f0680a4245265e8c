"""What the setting `RANHAM_SMALL_CELLS` says: counts of which target groups are hidden, and below what.

A rule that is misspelt would hide nothing, so whatever is not understood is refused. Only the plans know which groups
there are; that is looked at where a rule is used.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

VARIABLE = "RANHAM_SMALL_CELLS"
Code = Annotated[str, StringConstraints(min_length=1)]


class SmallCells(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    target_groups: Annotated[tuple[Code, ...], Field(min_length=1)]
    """Codes as in the plan, spelled alike."""
    threshold: Annotated[int, Field(strict=True, ge=1)]
    """Counts below it are hidden."""
    actions: dict[Code, Code] = Field(default_factory=dict)
    """Target group of an action, `(none)` for one without: only for a release that records no rule. Those that it does
    not name are as the plan says."""


def _none(said: object) -> object:
    return None if said in ("", {}) else said


SmallCellSetting = Annotated[SmallCells | None, BeforeValidator(_none)]
"""Nothing, an empty text and `{}` say that there is no rule."""
