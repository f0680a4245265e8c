"""The ladder of reminders: who is told what, how many days before or after what. Data of the plan, like everything else.

Times are local, on the clock of whoever is written to; days count in calendar days from the local date of the anchor.
"""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictInt, model_validator

from ranham.plan.record import Code, Record

Anchor = Literal["announced", "opens", "deadline", "returned", "return_due", "verification_due"]
FunctionName = Literal["operator", "head_of_office", "legal_bureau", "regional_office", "ministry", "verifier"]
Condition = Literal["always", "unsubmitted", "returned", "unread"]

OF_UNIT = ("operator", "head_of_office")
"""Functions of the reporting unit itself: a message for each unit. All others get one message that lists units."""
CONDITIONS: dict[str, tuple[str, ...]] = {
    "announced": ("always", "unsubmitted"),
    "opens": ("always", "unsubmitted"),
    "deadline": ("unsubmitted",),
    "returned": ("returned",),
    "return_due": ("returned",),
    "verification_due": ("unread",),
}
NEVER_BEFORE = ("announced", "returned", "verification_due")
"""Nobody knows of these beforehand."""


def _quoted(value: Any) -> Any:
    # YAML reads 16:00 without quotes as a number of sixty.
    if isinstance(value, int | float):
        raise ValueError('a time of day in quotes, such as "09:00"')  # noqa: TRY004 - Pydantic takes ValueError only
    return value


def _whole_minute(value: time) -> time:
    if value.second or value.microsecond or value.tzinfo:
        raise ValueError("a time of day to the minute and without an offset, such as 09:00")
    return value


LocalTime = Annotated[time, BeforeValidator(_quoted), AfterValidator(_whole_minute)]
Days = Annotated[StrictInt, Field(ge=-120, le=120)]


class RungSpec(Record):
    """One step: a message to some people, once for each occasion."""

    code: Code
    anchor: Anchor
    days: Days
    """Before (negative) or after the anchor; 0 of `announced` and `returned` is at once."""
    at: LocalTime
    audience: Annotated[tuple[FunctionName, ...], Field(min_length=1)]
    condition: Condition
    digest: StrictBool
    """One message for each addressed office, which lists the units."""
    working_hours: StrictBool
    """Before a deadline it is sent earlier, otherwise later, when the time falls outside working hours."""
    when_missed: Literal["send_late", "skip_if_overtaken"]
    """After an outage: sent late, or left out once what it tells of has come to pass."""
    channels: Annotated[tuple[Code, ...], Field(min_length=1)]
    template: Code
    letter: StrictBool
    """Attach the notification letter as a PDF."""
    after_close: StrictBool = False
    """Also sent when the engine has closed the period."""
    periods: tuple[Code, ...] = ()
    """Empty: all periods of the year."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for wrong in self._faults():
            raise ValueError(wrong)
        return self

    def _faults(self) -> Iterator[str]:
        if self.condition not in CONDITIONS[self.anchor]:
            yield f"the condition of a rung at {self.anchor} is {' or '.join(CONDITIONS[self.anchor])}"
        if self.days < 0 and self.anchor in NEVER_BEFORE:
            yield f"days of a rung at {self.anchor} are not negative: nobody knows of it before"
        if repeated := [name for name in self.audience if self.audience.count(name) > 1]:
            yield f"each of the audience only once, not {repeated[0]} again"
        of_unit = [name in OF_UNIT for name in self.audience]
        if self.digest and any(of_unit):
            yield "a digest goes to offices; the operator and the head of office get a rung without digest"
        if not self.digest and not all(of_unit):
            yield "a rung for legal_bureau, regional_office, ministry or verifier is a digest"
        if self.anchor == "verification_due" and not set(self.audience) <= {"verifier", "ministry"}:
            yield "a rung at verification_due goes to verifier or ministry"
        if self.anchor != "verification_due" and "verifier" in self.audience:
            yield "verifiers are told of late verification only, at verification_due"


class LadderSpec(Record):
    """All rungs of a year. No rule for it is published, so a plan need not say anything."""

    rungs: Annotated[tuple[RungSpec, ...], Field(min_length=1)]
    working_from: LocalTime
    working_to: LocalTime
    """First minute in which nobody is at work any more. Monday to Friday, but for holidays."""
    unverified: tuple[Code, ...] = ()
    """`working_from`, `working_to`, `rungs`, or codes of rungs for which no rule is published; pages say so."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.working_from < self.working_to:
            raise ValueError(f"working_to is after working_from {self.working_from:%H:%M}")
        codes = [rung.code for rung in self.rungs]
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"each code of a rung only once, not {', '.join(repeated)} again")
        for rung in self.rungs:
            if rung.working_hours and not self.working_from <= rung.at < self.working_to:
                hours = f"{self.working_from:%H:%M} to {self.working_to:%H:%M}"
                raise ValueError(f"the rung {rung.code} keeps working hours, so it is at a time within {hours}")
        if unknown := set(self.unverified) - {"working_from", "working_to", "rungs", *codes}:
            raise ValueError(f"unverified names fields or rungs of the ladder, not {', '.join(sorted(unknown))}")
        return self

    def of_period(self, code: str) -> tuple[RungSpec, ...]:
        return tuple(rung for rung in self.rungs if not rung.periods or code in rung.periods)
