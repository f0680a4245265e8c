"""What a monitoring system reads, and who may read it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.cycle import lease, service
from ranham.cycle.models import Step
from ranham.kernel import clock
from tests.api.conftest import Surroundings
from tests.api.desk import sent
from tests.api.serving import Api, serving
from tests.api.test_problems import problem
from tests.outbox.deliveries import make, new

LABEL = "RANHAM-V:2022-B08"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("metrics") / "token"
    file.write_text("very secret\n")
    return file


@pytest.fixture(scope="module")
def own(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    api_surroundings: Surroundings,
    token: Path,
) -> Iterator[Api]:
    engine = create_engine(address(new_database(national_template)))
    with serving(engine, api_surroundings(engine, RANHAM_METRICS_TOKEN_FILE=str(token))) as running:
        yield running
    engine.dispose()


def samples(client_text: str) -> dict[tuple[str, str], float]:
    """By name and the values of the labels, in the order of their names."""
    return {
        (sample.name, " ".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(client_text)
        for sample in family.samples
    }


def prepared(engine: Engine) -> None:
    now = clock.real_now()
    with Session(engine) as session, session.begin():
        session.execute(
            text("""INSERT INTO period_state (period_id, opened_at) SELECT p.id, now() FROM period p
                    JOIN plan_year y ON y.id = p.plan_year_id WHERE y.year = 2022 AND p.code = 'B08'""")
        )
        lease.acquire(session, f"period:{LABEL}", "host:7:x", seconds=3600)
        run = service.begin_run(session, Step.ROLL_UP, LABEL, flow_run_id=None, now=now)
        service.end_run(session, run, now=now, error="disk full")
    make(engine, new("a"), new("b"))


def test_the_figures_are_those_of_the_database(own: Api) -> None:
    prepared(own.engine)
    client = own.client("very secret")
    before = samples(client.get("/metrics").text)
    assert before["ranham_open_periods", ""] == 1
    assert (
        before["ranham_reports_owed", f"regency {LABEL}"]
        == before["ranham_reports_missing", f"regency {LABEL}"]
        == 3048
    )
    assert before["ranham_deliveries", "email created"] == 2
    assert before["ranham_lease_held_seconds", LABEL] >= 0
    assert before["ranham_last_run_good", f"{LABEL} roll_up"] == 0
    assert ("ranham_rollup_timestamp_seconds", LABEL) not in before
    sent(own, own.operator("36.04"), own.obligations("36.04")[0])
    after = samples(client.get("/metrics").text)
    assert after["ranham_reports_missing", f"regency {LABEL}"] == 3047
    assert after["ranham_notices", ""] > before["ranham_notices", ""]


def test_with_a_token_nobody_reads_without_it(own: Api) -> None:
    for client in (own.client(), own.client("another")):
        problem(client.get("/metrics"), 401, "unauthenticated")


def test_without_a_token_this_machine_may_read_and_a_client_behind_a_proxy_finds_nothing(api: Api) -> None:
    client = api.client()
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")
    problem(client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}), 404, "not-found")
