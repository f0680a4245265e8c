"""A report over HTTP against a bare endpoint with one INSERT: the same server, client and body, in turn."""

import statistics
from pathlib import Path

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel.protection import APPLICATION_ROLE
from ranham.territory import service as territory
from tests.bench import synthetic
from tests.bench.running import QUIET, operator_token, running
from tests.bench.timing import row, seconds

RUNS = 150
WARM_UP = 20
MANY = 20
BARE_TABLE = "CREATE TABLE bare_report (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body jsonb NOT NULL)"
MORE_MEASURES = """
INSERT INTO measure (action_id, period_id, number, text_id, required, evidence_kinds)
SELECT m.action_id, m.period_id, n, 'bench', true, '{}' FROM measure m JOIN action a ON a.id = m.action_id,
       generate_series(2, :many) n WHERE substr(a.code, 2)::int % 2 = 0
"""
OWED = """
SELECT o.id FROM obligation o JOIN action a ON a.id = o.action_id
WHERE o.unit_id = :unit AND substr(a.code, 2)::int % 2 = :half ORDER BY o.id
"""


def bench(engine: Engine, folder: Path) -> list[dict[str, object]]:
    surroundings = {
        "RANHAM_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "RANHAM_APP_DATABASE_URL": engine.url.set(username=APPLICATION_ROLE).render_as_string(hide_password=False),
        "RANHAM_DATA_DIR": str(folder),
        "RANHAM_NOW": "2090-09-01T10:00:00+07:00",
    }
    token, owed = _world(engine)
    made = []
    with (
        running("ranham.api", surroundings=surroundings) as port,
        running("uvicorn", "tests.bench.bare_endpoint:app", *QUIET, surroundings=surroundings) as bare_port,
        _client(port, token) as ours,
        _client(bare_port, None) as bare,
    ):
        for half, answers in ((1, 1), (0, MANY)):
            took, against = _in_turn(ours, bare, owed[half], answers)
            made.append(
                row(f"report of {answers} answers over HTTP", took, "bare endpoint, one INSERT", against, "<= 3")
            )
    return made


def _in_turn(ours: httpx.Client, bare: httpx.Client, owed: list[int], answers: int) -> tuple[float, float]:
    body = {"answers": [{"measure_number": n, "answer": "achieved", "value": n} for n in range(1, answers + 1)]}
    paths = [f"/api/v1/periods/2090-B08/reports/{id_}/submission" for id_ in owed]
    ours_took, bare_took = [], []
    for number, path in enumerate(paths[: RUNS + WARM_UP]):
        bare_took.append(seconds(lambda: _post(bare, "/reports", body)))
        ours_took.append(seconds(lambda path=path: _post(ours, path, body)))  # type: ignore[misc]
        if number == WARM_UP:
            ours_took, bare_took = [], []
    return statistics.median(ours_took), statistics.median(bare_took)


def _post(client: httpx.Client, path: str, body: dict[str, object]) -> None:
    answered = client.post(path, json=body)
    assert answered.status_code == 201, answered.text


def _world(engine: Engine) -> tuple[str, tuple[list[int], list[int]]]:
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
    synthetic.build(engine, units=2, actions=2 * (RUNS + WARM_UP), submissions=False)
    with Session(engine) as session, session.begin():
        session.execute(text(BARE_TABLE))
        session.execute(text(MORE_MEASURES), {"many": MANY})
        unit = session.scalar(text("SELECT min(unit_id) FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id"))
        owed = tuple(list(session.scalars(text(OWED), {"unit": unit, "half": half})) for half in (0, 1))
        token = operator_token(session, unit)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return token, (owed[0], owed[1])


def _client(port: int, token: str | None) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=30)
