"""A contact as its link shows it, and what one may do about it."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from ranham.api.schemas.fields import Inbound, Instant, Outbound, example
from ranham.reminder.links.models import Outcome

TOKEN_PATTERN = r"^[A-Za-z0-9_-]{43}$"  # noqa: S105 - a pattern, not a secret
LinkPath = Annotated[
    str,
    Path(
        description="The secret part of a link, as a message carried it.", pattern=TOKEN_PATTERN,
        examples=["mJ0Yw2bq0Yl0x1vJj3hH2cS9oM8pQ7rT6uV5wX4yZ3A"],
    ),
]  # fmt: skip
FeedPath = Annotated[
    str,
    Path(
        description="The secret part of a calendar's address.", pattern=TOKEN_PATTERN,
        examples=["mJ0Yw2bq0Yl0x1vJj3hH2cS9oM8pQ7rT6uV5wX4yZ3A"],
    ),
]  # fmt: skip
OneLine = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
MaybeEmpty = r"^[^\x00-\x1f\x7f]*$"

CONTACT = {
    "name": "Siti Aminah", "function": "head_of_office", "place": "Serang", "unit_code": "36.04", "channel": "email",
    "address": "sekda@serangkab.go.id", "language": "id", "courtesy": False, "confirmed_at": None,
    "unsubscribed_at": None, "ended_on": None, "outcome": None, "expires_at": "2022-11-04T02:00:00Z",
    "possible": ["confirm", "correct"], "account": False,
}  # fmt: skip


class ContactOut(Outbound):
    model_config = example(CONTACT)

    name: str
    function: str
    """What the recipient is in the office; empty for a person with an account."""
    place: str | None
    """Unit or Kanwil."""
    unit_code: str | None
    channel: str
    address: str
    language: str
    courtesy: bool
    """Gets copies only and may unsubscribe."""
    confirmed_at: Instant | None
    unsubscribed_at: Instant | None
    ended_on: date | None
    outcome: Outcome | None
    """What this link did; it does one thing, once."""
    expires_at: Instant
    possible: list[Literal["confirm", "correct", "unsubscribe"]]
    account: bool
    """The address of an account: whoever administers accounts changes it, not this link."""


class CorrectionIn(Inbound):
    model_config = example({"address": "sekda.baru@serangkab.go.id", "name": None})

    address: Annotated[str, Field(min_length=1, max_length=320, pattern=OneLine)]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=OneLine)] | None = None
    """Null: as before."""


class CorrectedOut(Outbound):
    model_config = example({"address": "sekda.baru@serangkab.go.id", "confirmed": False})

    address: str
    confirmed: bool
    """False until whoever reads there follows the link that is sent there."""


class ContactForm(Inbound):
    """What the page sends; an empty field was left empty."""

    model_config = example({"action": "correct", "address": "sekda.baru@serangkab.go.id", "name": ""})

    action: Literal["confirm", "correct", "unsubscribe"]
    address: Annotated[str, Field(max_length=320, pattern=MaybeEmpty)] = ""
    name: Annotated[str, Field(max_length=200, pattern=MaybeEmpty)] = ""
