"""Several Prefect servers, as a ministry may run them: either goes on alone, and each knows what the other heard."""

import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.operations.farm import until
from tests.operations.nation import LABEL
from tests.operations.servers import Servers, servers

pytestmark = pytest.mark.servers
FIRST_DAY = "2022-08-30T09:00:00+07:00"
AWAY_SECONDS = 20
OPENED = text("SELECT state FROM cycle_run WHERE step = 'open' AND period_label = :label")


@pytest.fixture(scope="module")
def both(
    new_database: Callable[..., str], address: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Servers]:
    with servers(tmp_path_factory.mktemp("servers"), address(new_database())) as made:
        made.first.deploy()
        made.first.automate()
        yield made


def test_what_one_server_was_asked_the_host_of_the_other_does(application: Engine, both: Servers) -> None:
    host = both.second.start("of-the-second")
    run = both.first.ask("tick", at=FIRST_DAY)
    assert both.first.ended(run) == "COMPLETED"
    assert both.second.state(run)["type"] == "COMPLETED"
    host.kill()
    assert opened(application) == ["done"]


def test_a_server_and_a_host_that_die_in_a_tick_are_missed_by_nobody(application: Engine, both: Servers) -> None:
    both.first.start("of-the-first")
    other = both.second.start("of-the-second")
    other.process.send_signal(signal.SIGSTOP)  # so that the first's host takes the run
    with application.connect() as connection:
        connection.execute(text("LOCK TABLE step_skip IN ACCESS EXCLUSIVE MODE"))
        run = both.second.ask("tick", at=FIRST_DAY)
        until(lambda: both.second.heard_of(run), "its first heartbeat, at the other server", every=0.5)
        both.first.hosts["of-the-first"].kill()
        both.first.kill_server()
    other.process.send_signal(signal.SIGCONT)
    assert both.second.ended(run) == "CRASHED"
    assert both.second.ended(both.second.ask("tick", at=FIRST_DAY)) == "COMPLETED"
    assert both.second.taken_slots("tick") == 0
    both.first.serve()
    assert both.first.state(run)["type"] == "CRASHED"
    other.kill()


def test_a_tick_waits_for_redis_and_goes_on(application: Engine, both: Servers) -> None:
    """Without it Prefect's servers refuse whatever changes a run."""
    host = both.second.start("alive")
    with application.connect() as connection:
        connection.execute(text("LOCK TABLE step_skip IN ACCESS EXCLUSIVE MODE"))
        run = both.first.ask("tick", at=FIRST_DAY)
        until(lambda: both.second.heard_of(run), "its first heartbeat", every=0.5)
        both.messages.kill()
        with pytest.raises(httpx.HTTPStatusError, match="500"):
            both.first.ask("tick", at=FIRST_DAY)
    time.sleep(AWAY_SECONDS)
    both.messages.start()
    assert both.first.ended(run) == "COMPLETED"
    assert both.first.ended(both.first.ask("tick", at=FIRST_DAY)) == "COMPLETED"
    assert both.second.taken_slots("tick") == 0
    host.kill()
    assert opened(application) == ["done"]


def opened(engine: Engine) -> list[str]:
    """How the opening of the period ended, each time that it was begun."""
    with engine.connect() as connection:
        return list(connection.scalars(OPENED, {"label": LABEL}).all())
