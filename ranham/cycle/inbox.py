"""Report files that lie in the inbox, as operators count them: by the name of their folder, without opening any."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

REPORTS = frozenset({".csv", ".xlsx"})


@dataclass(frozen=True, slots=True)
class Waiting:
    files: int
    since: datetime
    """Since when the oldest lies there."""


def waiting(inbox: Path) -> dict[str, Waiting]:
    """By the name of the folder, such as `2022-B08`; an inbox that cannot be read has none."""
    found: dict[str, list[float]] = {}
    for file in inbox.glob("*/*/*"):
        if file.suffix.lower() in REPORTS and not file.name.startswith((".", "~$")):
            try:
                found.setdefault(file.parts[-3], []).append(file.stat().st_ctime)
            except OSError:  # taken just now
                continue
    return {name: Waiting(len(times), datetime.fromtimestamp(min(times), UTC)) for name, times in found.items()}
