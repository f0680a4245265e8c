"""One engine for each role, and one pool, however many threads ask first."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from ranham.kernel import database

THREADS = 8


def test_threads_that_come_together_get_one_engine(application: Engine) -> None:
    together = threading.Barrier(THREADS)

    def ask(_: int) -> tuple[Engine, Engine]:
        together.wait()
        return database.engine(), database.application_engine()

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(THREADS)))
    assert len({id(owner) for owner, _ in found}) == 1
    assert len({id(held) for _, held in found}) == 1
    assert database.engine.cache_info().misses == 1
    assert database.application_engine.cache_info().misses == 1
