"""What Prefect's pages cannot show stops no work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from tests.flows.test_busy import FIRST_DAY
from tests.flows.test_cycle_flows import HEADER, inbox

WITHOUT_ARTIFACTS = """
import json
from prefect import artifacts
def away(*arguments, **named):
    raise RuntimeError("no artifact can be made")
for name in [name for name in dir(artifacts) if name.startswith(("create_", "update_"))]:
    setattr(artifacts, name, away)
from flows.deliver import deliver
from flows.tick import tick
tick()
print(json.dumps([tick(), deliver()]))
"""
UNSEEN = """
import json
from flows import tick
def away(*arguments, **named):
    raise RuntimeError("the database is away")
def broken(step, period):
    raise RuntimeError("broken")
tick.status = away
does, tick._do = tick._do, broken
state = tick.tick(return_state=True)
tick._do = does
done = tick.tick()
print(json.dumps([done, state.type, state.message]))
"""


def test_steps_are_done_and_recorded_where_no_artifact_can_be_made(
    python: Callable[..., Any], application: Engine, tmp_path: Path
) -> None:
    (inbox(tmp_path) / "report.csv").write_text(HEADER + "36.01,D1,1,achieved,1,,b.pdf,2022-09-01T09:00:00+07:00\n")
    python(WITHOUT_ARTIFACTS, RANHAM_NOW=FIRST_DAY)
    with application.connect() as connection:
        runs = connection.execute(text("SELECT step, state FROM cycle_run")).tuples().all()
    assert {"open", "import", "roll_up"} <= {step for step, _ in runs}
    assert {state for _, state in runs} == {"done"}


def test_a_tick_whose_end_cannot_be_shown_tells_what_it_did_and_what_failed(python: Callable[..., Any]) -> None:
    done, state, message = python(UNSEEN, RANHAM_NOW=FIRST_DAY, PREFECT_LOGGING_LEVEL="CRITICAL")
    assert "open RANHAM-V:2022-B08" in done
    assert state == "FAILED"
    assert "broken" in message
