"""Refusals. Each door decides once what a family means: an exit code, a status, a retry."""

from dataclasses import dataclass


class RanhamError(Exception):
    """Anything that the engine refuses, with a sentence for the user."""


class NotFound(RanhamError):  # noqa: N818 - refusals read as sentences
    pass


class Forbidden(RanhamError):  # noqa: N818
    """Whoever asks may see the thing but not do this to it; nothing was written."""


class Conflict(RanhamError):  # noqa: N818
    """The request is sound but the state of things does not allow it."""


class Busy(Conflict):
    """Somebody else is at the same work; trying again later is right."""


class Unavailable(Busy):
    """Something that we need does not answer: a store, a scanner, somebody's keys. Trying again later is right."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with input: where it stands, what was found, what is expected."""

    where: str
    found: str
    expected: str
    words: str | None = None
    """The whole as a sentence, where "found ..., expected ..." would not read as one."""

    def __str__(self) -> str:
        if self.words is not None:
            return f"{self.where}: {self.words}"
        return f"{self.where}: found {self.found}, expected {self.expected}"


class BadInput(RanhamError):  # noqa: N818
    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(map(str, findings)))
