"""How often one may try to sign in: per network address and per e-mail address, counted in this process."""

import math
from functools import lru_cache

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ranham.api.kinds import TooManyTries
from ranham.kernel import clock
from ranham.kernel.settings import settings


def count_try(*, client: str | None = None, whose: str | None = None) -> None:
    """`TooManyTries` once either limit is reached: of a network address, of whoever is meant."""
    if client is not None:
        _count(RateLimitItemPerMinute(settings().sign_in_tries_per_minute_from_address), "client", client)
    if whose is not None:
        _count(RateLimitItemPerMinute(settings().sign_in_tries_per_minute), "whose", whose)


def forget_tries() -> None:
    """For tests, which share a process."""
    _limiter.cache_clear()


def _count(limit: RateLimitItem, *who: str) -> None:
    if not _limiter().hit(limit, *who):
        reset_at = _limiter().get_window_stats(limit, *who).reset_time
        raise TooManyTries(max(1, math.ceil(reset_at - clock.real_now().timestamp())))


@lru_cache(maxsize=1)
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
