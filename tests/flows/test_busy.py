"""A period that somebody else is at: its flows are skipped, which is neither a failure nor done."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle import lease
from tests.flows.test_cycle_flows import HEADER, inbox

EACH_BY_ITSELF = """
import json
from flows.close_period import close_period
from flows.freeze_year import freeze_year
from flows.import_inbox import import_inbox
from flows.open_period import open_period
from flows.roll_up import roll_up
P = "RANHAM-V:2022-B08"
states = [
    freeze_year(2022, "RANHAM-V", return_state=True),
    *(flow(P, return_state=True) for flow in (open_period, import_inbox, roll_up, close_period)),
    import_inbox(return_state=True),
]
print(json.dumps([[state.type, state.name, state.message] for state in states]))
"""
OPEN = """
import json
from flows.open_period import open_period
state = open_period("2022-B08", return_state=True)
print(json.dumps([state.type, state.message]))
"""
LISTENING = """
import json, logging
from flows.tick import tick
said = []
class Listener(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logging.getLogger("prefect.flow_runs").addHandler(Listener())
"""
TICK_AND_ITS_LOG = LISTENING + "print(json.dumps([tick(), said]))"
ANSWERS_LOST = """
import httpx
send, asked_again = httpx.Client.send, []
def lossy(client, request, **how):
    answer = send(client, request, **how)
    if request.url.path.endswith("/set_state") and (b"COMPLETED" in request.content or b"FAILED" in request.content):
        asked_again.append(send(client, request, **how).json()["status"])
        return send(client, request, **how)
    return answer
httpx.Client.send = lossy
"""
"""Prefect's client asks again where an answer did not come; it is told that the run is in this state already."""
TICK_WITHOUT_ANSWERS = ANSWERS_LOST + LISTENING + "print(json.dumps([tick(), asked_again, said]))"
FREEZE_WITHOUT_ANSWERS = (
    ANSWERS_LOST
    + """
import json
from flows.busy import result_of
from flows.freeze_year import freeze_year
print(json.dumps([result_of(freeze_year, 2022, "RANHAM-V") for _ in range(2)]))
"""
)
OPEN_WITHOUT_ANSWERS = (
    ANSWERS_LOST
    + """
import json
from flows.busy import result_of
from flows.open_period import open_period
try:
    result_of(open_period, "2022-B08")
except Exception as error:
    print(json.dumps([type(error).__name__, str(error), asked_again]))
"""
)
HOLDER = "somewhere:1234:by hand"
FIRST_DAY = "2022-09-01T00:00:00+07:00"
NAMES = ("RANHAM-V:2022", "RANHAM-V:2022-B08")
# As when a holder is paused past its time and another takes over at once.
TAKEN_OVER = """
CREATE FUNCTION take_over() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN UPDATE lease SET fence = fence + 1, holder = 'another'; RETURN new; END $$;
CREATE TRIGGER take_over AFTER INSERT ON cycle_run FOR EACH ROW EXECUTE FUNCTION take_over();
"""


@pytest.fixture
def held(application: Engine) -> Iterator[None]:
    """Somebody else is at 2022-B08, and at its year."""
    with Session(application) as session, session.begin():
        for name in NAMES:
            lease.acquire(session, f"period:{name}", HOLDER, seconds=3600)
        session.execute(text("INSERT INTO period_state (period_id, opened_at) SELECT id, now() FROM period"))
    yield
    with application.connect() as connection:
        assert connection.scalars(text("SELECT period_label FROM cycle_run")).all().count(NAMES[1]) == 0


@pytest.mark.usefixtures("held")
def test_each_flow_by_itself_is_skipped_and_says_who_holds_the_period(
    python: Callable[..., Any], tmp_path: Path
) -> None:
    (inbox(tmp_path) / "report.csv").write_text(HEADER)
    states = python(EACH_BY_ITSELF)
    assert [state[:2] for state in states] == [["COMPLETED", "Skipped"]] * 6
    assert all(f"is held by {HOLDER} until" in message for _, _, message in states)
    assert (inbox(tmp_path) / "report.csv").exists()


@pytest.mark.usefixtures("held")
def test_the_tick_leaves_a_held_period_to_its_holder_and_shows_no_failure(
    python: Callable[..., Any], prefect: dict[str, str], tmp_path: Path
) -> None:
    (inbox(tmp_path) / "report.csv").write_text(HEADER)
    done, said = python(TICK_AND_ITS_LOG, RANHAM_NOW=FIRST_DAY, PREFECT_LOGGING_LEVEL="INFO")
    assert not [step for step in done if NAMES[1] in step]
    (left,) = [line for line in said if "left to its present holder" in line]
    assert left.startswith("import RANHAM-V:2022-B08")
    assert HOLDER in left
    started_by_a_flow = {"name": {"any_": ["import-RANHAM-V:2022-B08"]}, "parent_task_run_id": {"is_null_": False}}
    (skipped,) = httpx.post(
        f"{prefect['PREFECT_API_URL']}/flow_runs/filter",
        json={"sort": "START_TIME_DESC", "flow_runs": started_by_a_flow, "limit": 1},
        trust_env=False,
    ).json()
    assert (skipped["state"]["type"], skipped["state"]["name"]) == ("COMPLETED", "Skipped")
    assert HOLDER in skipped["state"]["message"]


def test_a_run_that_loses_its_lease_at_work_has_failed(python: Callable[..., Any], application: Engine) -> None:
    with application.begin() as connection:
        connection.execute(text(TAKEN_OVER))
    type_, message = python(OPEN, RANHAM_NOW=FIRST_DAY)
    assert type_ == "FAILED"
    assert "taken over by another holder" in message


def test_a_run_whose_last_answer_is_lost_is_done_all_the_same(python: Callable[..., Any]) -> None:
    first, again = python(FREEZE_WITHOUT_ANSWERS, RANHAM_NOW=FIRST_DAY)
    assert first == again > 0  # both tell how many obligations the year has, though nobody answered
    done, answers, _ = python(TICK_WITHOUT_ANSWERS, RANHAM_NOW=FIRST_DAY)
    assert "open RANHAM-V:2022-B08" in done
    assert answers == ["REJECT"] * (len(done) + 1)  # of each step, and of the tick


@pytest.mark.usefixtures("held")
def test_a_skipped_run_whose_last_answer_is_lost_is_no_failure(python: Callable[..., Any], tmp_path: Path) -> None:
    (inbox(tmp_path) / "report.csv").write_text(HEADER)
    done, answers, said = python(TICK_WITHOUT_ANSWERS, RANHAM_NOW=FIRST_DAY, PREFECT_LOGGING_LEVEL="INFO")
    assert not [step for step in done if NAMES[1] in step]
    left = [line for line in said if "left to its present holder" in line]
    assert [line.partition(":2022-B08")[0] for line in left] == ["import RANHAM-V"]
    assert answers == ["REJECT"] * (len(done) + len(left) + 1)


def test_a_failed_run_whose_last_answer_is_lost_says_why_all_the_same(
    python: Callable[..., Any], application: Engine
) -> None:
    with application.begin() as connection:
        connection.execute(text(TAKEN_OVER))
    name, said, answers = python(OPEN_WITHOUT_ANSWERS, RANHAM_NOW=FIRST_DAY)
    assert (name, answers) == ("Lost", ["REJECT"])
    assert "taken over by another holder" in said
