"""The only module that reads the clock. Everything else is handed `now`."""

import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.misread import found

JAKARTA = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """The present instant in UTC; `RANHAM_NOW` (ISO 8601 with offset) replays another, for demonstrations."""
    replayed = os.environ.get("RANHAM_NOW")
    if not replayed:
        return datetime.now(UTC)
    try:
        return aware(datetime.fromisoformat(replayed))
    except (ValueError, OverflowError):
        expected = "a time with its offset, such as 2022-09-05T10:00:00+07:00"
    raise BadInput([Finding("RANHAM_NOW", found(replayed), expected)])


def real_now() -> datetime:
    """The present instant for questions of access: a token or a lock-out ends when it ends, whatever is replayed."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds since some moment, never running backwards: only differences mean something."""
    return time.perf_counter()


def aware(instant: datetime) -> datetime:
    """The instant in UTC; a naive time stamp is refused because Indonesia has three zones."""
    if instant.tzinfo is None:
        raise ValueError(f"time stamp without UTC offset: {instant.isoformat()}; write for example +07:00 for WIB")
    return instant.astimezone(UTC)


def local_date(instant: datetime, zone: ZoneInfo = JAKARTA) -> date:
    return instant.astimezone(zone).date()


def in_wib(instant: datetime) -> str:
    """For people to read: the engine serves three zones and answers to Jakarta, so a time is said on that clock."""
    return f"{instant.astimezone(JAKARTA):%Y-%m-%d %H:%M} WIB"


def seconds_since_change(file: Path) -> float:
    """Seconds since a file's size or times last changed; below zero where the file system's clock is ahead of ours.

    Real time, as file systems stamp nothing else: `RANHAM_NOW` has no say here.
    """
    status = file.stat()
    # Not the time of modification, which a copy may set back to the original's. Windows keeps nothing better.
    changed = status.st_mtime if sys.platform == "win32" else status.st_ctime
    return time.time() - changed
