from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle import lease
from ranham.kernel.errors import Busy

NAME = "period:2022-B08"


def take(engine: Engine, holder: str, *, seconds: int = 60) -> int:
    with Session(engine) as session, session.begin():
        return lease.acquire(session, NAME, holder, seconds=seconds)


def expire(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE lease SET expires_at = clock_timestamp() - interval '1 second'"))


def test_second_holder_is_told_who_has_it(national: Engine) -> None:
    take(national, "first")
    with pytest.raises(Busy, match="held by first until"):
        take(national, "second")


def test_a_dead_holders_lease_runs_out_and_the_fence_grows(national: Engine) -> None:
    old = take(national, "dead")
    expire(national)
    assert take(national, "next") > old


def test_a_holder_that_was_paused_too_long_cannot_write(national: Engine) -> None:
    old = take(national, "paused")
    expire(national)
    new = take(national, "next")
    with Session(national) as session, pytest.raises(Busy, match="taken over"):
        lease.check_fence(session, NAME, old)
    with Session(national) as session, session.begin():
        lease.release(session, NAME, old)
        lease.check_fence(session, NAME, new)
    with pytest.raises(Busy):
        take(national, "third")


def test_of_many_at_once_exactly_one_gets_it(national: Engine) -> None:
    def attempt(number: int) -> bool:
        try:
            take(national, f"holder {number}")
        except Busy:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
