"""When a delivery is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Each wait is twice the one before, up to the longest; after `tries` attempts it is given up."""

    tries: int
    first_seconds: int
    longest_seconds: int

    def next_at(self, attempts: int, now: datetime) -> datetime | None:
        """When the next attempt is due after so many; None when there is none left."""
        if attempts >= self.tries:
            return None
        # The power is kept small: 2 ** 4000 is a number nobody waits for.
        wait = self.first_seconds * 2 ** min(max(attempts - 1, 0), 30)
        return now + timedelta(seconds=min(wait, self.longest_seconds))
