"""kill -9 of the API in the middle of writes: what was acknowledged is there, what was not can be sent again."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.audit.queries import verify
from tests.api.conftest import Surroundings
from tests.api.desk import path
from tests.api.serving import PLAIN, serving
from tests.api.test_crowd import FIRST_OF_EACH_UNIT, answers, operators
from tests.patience import PATIENCE_SECONDS

KILLS = 3
EACH = 50
"""Reports that are sent while the server dies."""
HALF_DONE = """
SELECT count(*) FROM submission s LEFT JOIN report r ON r.obligation_id = s.obligation_id AND r.period_id = s.period_id
WHERE r.state IS DISTINCT FROM 'submitted' OR NOT EXISTS (SELECT FROM measure_answer a WHERE a.submission_id = s.id)
   OR NOT EXISTS (SELECT FROM report_event e WHERE e.submission_id = s.id)
   OR NOT EXISTS (SELECT FROM outbox_message o WHERE o.payload ->> 'report_id' = r.id::text)
   OR NOT EXISTS (SELECT FROM idempotent_request i WHERE (i.response::jsonb ->> 'submission_id')::bigint = s.id)
"""


@pytest.fixture
def database(
    new_database: Callable[..., str], address: Callable[[str], str], national_template: str
) -> Iterator[Engine]:
    engine = create_engine(address(new_database(national_template)), connect_args={"options": "-c timezone=UTC"})
    yield engine
    engine.dispose()


def test_every_acknowledged_write_is_there(database: Engine, api_surroundings: Surroundings) -> None:
    chance = random.Random(2022)
    with database.connect() as connection:
        owed = connection.execute(text(FIRST_OF_EACH_UNIT), {"limit": KILLS * EACH}).all()
    tokens = operators(database, [row.unit_id for row in owed])
    acknowledged: dict[int, int] = {}
    surroundings = api_surroundings(database)

    def send(base_url: str, number: int) -> int | None:
        """The revision's id, if the server said that it has it."""
        try:
            with httpx.Client(base_url=base_url, trust_env=False, verify=PLAIN, timeout=PATIENCE_SECONDS) as client:
                answered = client.post(
                    f"{path(owed[number].id)}/submission",
                    json=answers(owed[number].measures, "-"),
                    headers={"Authorization": f"Bearer {tokens[number]}", "Idempotency-Key": f"{number}"},
                )
        except httpx.TransportError:
            return None
        assert answered.status_code == 201, answered.text
        return int(answered.json()["submission_id"])

    for kill in range(KILLS):
        numbers = range(kill * EACH, (kill + 1) * EACH)
        with serving(database, surroundings) as api, ThreadPoolExecutor(8) as pool:
            dies_after, heard = chance.randrange(5, EACH - 15), threading.Semaphore(0)

            def sent(number: int, base_url: str = api.base_url, heard: threading.Semaphore = heard) -> int | None:
                got = send(base_url, number)
                heard.release()
                return got

            waiting = pool.map(sent, numbers)
            for _ in range(dies_after):
                heard.acquire()
            api.process.kill()
            got = dict(zip(numbers, waiting, strict=True))
        acknowledged |= {number: id_ for number, id_ in got.items() if id_ is not None}
        assert None in got.values()
        with database.connect() as connection:
            there = set(connection.scalars(text("SELECT id FROM submission")))
            assert set(acknowledged.values()) <= there
            assert connection.scalar(text(HALF_DONE)) == 0
    with serving(database, surroundings) as api, ThreadPoolExecutor(8) as pool:
        again = dict(enumerate(pool.map(lambda number: send(api.base_url, number), range(len(owed)))))
    assert {number: again[number] for number in acknowledged} == acknowledged
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM submission")) == len(owed)
        assert connection.scalar(text(HALF_DONE)) == 0
    with Session(database) as session:
        assert verify(session).broken_at is None
