"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Worth a look; the engine works."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    level: Level
    check: str
    found: str
    mend: str | None = None
    """What to do; nothing where all is well."""


def ok(check: str, found: str) -> Verdict:
    return Verdict(Level.OK, check, found)


def warning(check: str, found: str, mend: str) -> Verdict:
    return Verdict(Level.WARNING, check, found, mend)


def failed(check: str, found: str, mend: str) -> Verdict:
    return Verdict(Level.FAILED, check, found, mend)
