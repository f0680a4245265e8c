"""What single values look like, said once for paths, queries and bodies."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

LARGEST_ID = 2**53 - 1
"""What every JSON reader keeps exactly."""
WORDS = r"^[^\x00]*$"
"""The database keeps any text but one with the character NUL."""

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Words = Annotated[str, Field(max_length=4000, pattern=WORDS)]
Reason = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
"""Words that say something."""
UnitCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$", examples=["36.04"])]
PeriodPath = Annotated[
    str,
    Path(
        description="Label of the period, such as 2022-B08; with the regulation before it where two have the same label.",
        pattern=r"^([0-9A-Za-z_.-]{1,40}:)?[0-9]{4}-[0-9A-Za-z]{1,10}$",
        examples=["2022-B08"],
    ),
]
ObligationPath = Annotated[int, Path(description="What a unit owes.", ge=1, le=LARGEST_ID, examples=[1204])]
MeasurePath = Annotated[int, Path(description="Number of the measure in the report.", ge=1, le=1000, examples=[1])]
Limit = Annotated[int, Field(ge=1, le=500)]
Cursor = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,200}$")]

FIRST_YEAR, LAST_YEAR = 2000, 2100
LARGEST_VALUE = 10**15
DECIMAL = r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"


def _exact(value: object) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_VALUE:
        return Decimal(value)
    if isinstance(value, str) and re.fullmatch(DECIMAL, value):
        return Decimal(value)
    raise ValueError('a number of at most 15 and 4 digits: whole as 120, with decimals as text, "120.5"')


Value = Annotated[
    Decimal,
    BeforeValidator(_exact),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "exclusiveMinimum": -LARGEST_VALUE, "exclusiveMaximum": LARGEST_VALUE},
                {"type": "string", "pattern": DECIMAL},
            ]
        }
    ),
]
"""A number of at most four decimals: whole ones as they are, others as text, because JSON readers round."""
Number = Annotated[Decimal, PlainSerializer(lambda value: f"{value.normalize():f}", return_type=str)]
"""The same on its way out, always as text."""


def _utc(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a time between {FIRST_YEAR} and {LAST_YEAR}")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]


class Inbound(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Outbound(BaseModel):
    """No defaults: every field is always there, and a client need not guess."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def example(document: Mapping[str, Any]) -> ConfigDict:
    """What a document of this kind looks like, for the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [dict(document)]})
