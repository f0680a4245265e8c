"""Many at once: nothing is lost, nothing happens twice, everybody gets an answer."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.access import service as access
from ranham.access.models import Role
from ranham.access.rules import Place, Span
from ranham.audit.queries import verify
from ranham.kernel import clock
from tests.api.conftest import Surroundings
from tests.api.desk import path
from tests.api.serving import PLAIN, Api, serving
from tests.patience import PATIENCE_SECONDS

CLIENTS = 50
UNITS = 550
FIRST_OF_EACH_UNIT = """
SELECT DISTINCT ON (o.unit_id) o.unit_id, o.id, (SELECT count(*) FROM measure m JOIN period p ON p.id = m.period_id
       AND p.code = 'B08' WHERE m.action_id = o.action_id) AS measures
FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id WHERE y.year = 2022 ORDER BY o.unit_id, o.id LIMIT :limit
"""


@pytest.fixture(scope="module")
def crowded(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    api_surroundings: Surroundings,
) -> Iterator[Api]:
    """A server of its own, for what is counted over a whole database."""
    engine = create_engine(address(new_database(national_template)), connect_args={"options": "-c timezone=UTC"})
    with serving(engine, api_surroundings(engine)) as running:
        yield running
    engine.dispose()


def operators(engine: Engine, units: list[int]) -> list[str]:
    """Tokens of a person for each unit."""
    now, made = clock.real_now(), []
    span = Span(clock.local_date(now) - timedelta(days=1))
    with Session(engine) as session, session.begin():
        for number, unit in enumerate(units):
            person = access.add_person(
                session, name="Operator", email=f"operator{number}.{unit}@crowd.go.id", by="cli:test", now=now
            )
            access.grant_role(session, person, Role.OPERATOR, place=Place(unit), span=span, by="cli:test", now=now)
            token = access.issue_token(
                session, person, name="t", scopes=[], expires_at=now + timedelta(hours=2), by="cli:test", now=now
            )
            made.append(token.raw)
    return made


def answers(measures: int, note: str) -> dict[str, Any]:
    return {
        "answers": [
            {"measure_number": number, "answer": "not_achieved", "note": note} for number in range(1, measures + 1)
        ]
    }


def all_at_once(api: Api, tokens: list[str], do: Callable[[httpx.Client, int], Any]) -> list[Any]:
    """Each token's client does it in a thread of its own, all from the same moment on."""
    clients = [api.client(token) for token in tokens]
    together = threading.Barrier(len(clients))

    def begin(number: int) -> Any:
        together.wait()
        return do(clients[number], number)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(begin, range(len(clients))))


@pytest.fixture
def one_report(crowded: Api, request: pytest.FixtureRequest) -> tuple[list[str], int]:
    """Fifty people who report for the same unit, and what they owe; another unit for each test."""
    units = {"test_fifty_write": "32.01", "test_fifty_send_their_own": "32.02", "test_fifty_send_the_same": "32.03"}
    code = next(code for name, code in units.items() if request.node.name.startswith(name))
    return operators(crowded.engine, [crowded.unit(code)] * CLIENTS), crowded.obligations(code)[0]


def test_fifty_write_one_answer_and_every_writing_stays_counted(
    crowded: Api, one_report: tuple[list[str], int]
) -> None:
    tokens, obligation = one_report
    url = f"{path(obligation)}/answers/1"

    def write(client: httpx.Client, number: int) -> int:
        """Until it is written over what was seen; how often it was told that others were faster."""
        refused = 0
        while True:
            seen = client.get(path(obligation)).json()["measures"][0]["etag"]
            condition = {"If-Match": seen} if seen else {"If-None-Match": "*"}
            answered = client.put(url, json={"answer": "partly", "value": number}, headers=condition)
            if answered.status_code in (200, 201):
                return refused
            assert answered.status_code == 412, answered.text
            refused += 1

    refused = all_at_once(crowded, tokens, write)
    seen = crowded.client(tokens[0]).get(path(obligation)).json()["measures"][0]
    assert seen["etag"] == f'"{CLIENTS}"'
    assert sum(refused) > 0


def test_fifty_send_their_own_and_each_is_a_revision(crowded: Api, one_report: tuple[list[str], int]) -> None:
    tokens, obligation = one_report
    sent = all_at_once(
        crowded, tokens, lambda client, n: client.post(f"{path(obligation)}/submission", json=answers(2, str(n)))
    )
    assert {each.status_code for each in sent} == {201}
    assert sorted(each.json()["revision"] for each in sent) == list(range(1, CLIENTS + 1))
    counted = "SELECT count(*) FROM submission WHERE obligation_id = :o"
    assert crowded.one(counted, o=obligation) == CLIENTS
    assert crowded.one(f"{counted} AND is_current", o=obligation) == 1
    events = "SELECT count(*) FROM report_event WHERE obligation_id = :o AND event = 'submit'"
    assert crowded.one(events, o=obligation) == CLIENTS


def test_fifty_send_the_same_and_it_is_received_once(crowded: Api, one_report: tuple[list[str], int]) -> None:
    tokens, obligation = one_report
    sent = all_at_once(
        crowded, tokens, lambda client, _: client.post(f"{path(obligation)}/submission", json=answers(2, "sama"))
    )
    assert sorted(each.status_code for each in sent) == [200] * (CLIENTS - 1) + [201]
    assert len({each.json()["submission_id"] for each in sent}) == 1
    assert crowded.one("SELECT count(*) FROM submission WHERE obligation_id = :o", o=obligation) == 1


def test_all_units_send_in_the_last_minute(crowded: Api) -> None:
    with crowded.engine.connect() as connection:
        owed = connection.execute(text(FIRST_OF_EACH_UNIT), {"limit": UNITS + 3}).all()
        touched = set(connection.scalars(text("SELECT unit_id FROM report")))
    owed = [row for row in owed if row.unit_id not in touched][:UNITS]
    assert len(owed) == UNITS
    tokens = operators(crowded.engine, [row.unit_id for row in owed])

    def send(number: int) -> httpx.Response:
        with httpx.Client(base_url=crowded.base_url, trust_env=False, verify=PLAIN, timeout=PATIENCE_SECONDS) as client:
            return client.post(
                f"{path(owed[number].id)}/submission",
                json=answers(owed[number].measures, "-"),
                headers={"Authorization": f"Bearer {tokens[number]}"},
            )

    with ThreadPoolExecutor(64) as pool:
        sent = list(pool.map(send, range(UNITS)))
    assert {each.status_code for each in sent} == {201}
    ids = [row.id for row in owed]
    counted = "SELECT count(*) FROM submission WHERE obligation_id = ANY(:ids) AND is_current AND revision = 1"
    assert crowded.one(counted, ids=ids) == UNITS
    assert len({each.json()["submission_id"] for each in sent}) == UNITS
    with Session(crowded.engine) as session:
        assert verify(session).broken_at is None
