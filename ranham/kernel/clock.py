"""The only module that reads the clock. Everything else is handed `now`."""

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """The present instant in UTC; `RANHAM_NOW` (ISO 8601 with offset) replays another, for demonstrations."""
    replayed = os.environ.get("RANHAM_NOW")
    if replayed:
        return aware(datetime.fromisoformat(replayed))
    return datetime.now(UTC)


def aware(instant: datetime) -> datetime:
    """The instant in UTC; a naive time stamp is refused because Indonesia has three zones."""
    if instant.tzinfo is None:
        raise ValueError(f"time stamp without UTC offset: {instant.isoformat()}; write for example +07:00 for WIB")
    return instant.astimezone(UTC)


def local_date(instant: datetime, zone: ZoneInfo = JAKARTA) -> date:
    return instant.astimezone(zone).date()
