"""The inbox in a year of change: a folder that may be of two regulations is nobody's until somebody says whose."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.cycle.service import open_period
from ranham.obligation.service import freeze
from ranham.plan.queries import find_period, find_plan_year
from ranham.plan.schemas import PlanFile
from ranham.plan.service import load_plan
from tests.flows.test_cycle_flows import HEADER
from tests.journeys.coming_regulation import coming_plan

OLD, NEW = "RANHAM-V:2022-B08", "RANHAM-VI:2022-B08"
NOW = datetime(2022, 9, 5, 5, tzinfo=UTC)

FLOW = """
import json, logging
said = []
class Listener(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
from {module} import {flow}
logging.getLogger("prefect.flow_runs").addHandler(Listener(logging.WARNING))
given = {flow}()
print(json.dumps([given, said]))
"""
IMPORT = FLOW.format(module="flows.import_inbox", flow="import_inbox")
TICK = FLOW.format(module="flows.tick", flow="tick")
IMPORT_OF_A_SHARED_LABEL = """
import json
from flows.import_inbox import import_inbox
try:
    import_inbox("2022-B08")
except Exception as refused:
    print(json.dumps(str(refused)))
"""


@pytest.fixture
def both_open(application: Engine) -> Engine:
    with Session(application) as session, session.begin():
        load_plan(session, PlanFile.model_validate(coming_plan()), now=NOW)
        freeze(session, find_plan_year(session, 2022, "RANHAM-VI"), now=NOW)
        for label in (OLD, NEW):
            open_period(session, find_period(session, label), now=NOW)
    return application


def put(tmp_path: Path, folder: str, unit: str) -> Path:
    """A report that both regulations could take: both know the unit, the action and the measure."""
    file = tmp_path / "inbox" / folder / "kemendagri" / f"{unit}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER + f"{unit},D1,1,achieved,1,,bukti.pdf,2022-09-05T09:00:00+07:00\n")
    return file


def reporters(engine: Engine) -> list[tuple[str, str]]:
    """Regulation and unit of every report."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""SELECT r.code, u.code FROM submission s JOIN obligation o ON o.id = s.obligation_id
                    JOIN unit_version u ON u.unit_id = o.unit_id AND u.valid_to IS NULL
                    JOIN plan_year y ON y.id = o.plan_year_id JOIN plan_version v ON v.id = y.plan_version_id
                    JOIN regulation r ON r.id = v.regulation_id ORDER BY 1, 2""")
        )
        return [(row[0], row[1]) for row in rows]


def test_a_folder_that_may_be_of_two_regulations_is_left_alone_and_both_are_named(
    python: Callable[..., Any], both_open: Engine, tmp_path: Path
) -> None:
    shared = put(tmp_path, "2022-B08", "36.01")
    put(tmp_path, OLD, "36.02")
    put(tmp_path, NEW, "36.03")
    at = {"RANHAM_NOW": NOW.isoformat(), "PREFECT_LOGGING_LEVEL": "WARNING"}
    accepted, said = python(IMPORT, **at)
    assert accepted == 2
    assert reporters(both_open) == [("RANHAM-V", "36.02"), ("RANHAM-VI", "36.03")]
    assert shared.exists()
    assert len(said) == 1
    folder = tmp_path / "inbox" / "2022-B08"
    assert said[0].startswith(f"{folder}: files left alone: 1; they may be of {OLD} or of {NEW}: ")

    done, said = python(TICK, **at)
    assert not [step for step in done if step.startswith("import")]
    assert any(OLD in sentence and NEW in sentence for sentence in said)
    assert shared.exists()
    assert "name one of" in python(IMPORT_OF_A_SHARED_LABEL, **at)

    shared.rename(put(tmp_path, NEW, "36.01"))
    assert python(IMPORT, **at) == [1, []]
    assert reporters(both_open) == [("RANHAM-V", "36.02"), ("RANHAM-VI", "36.01"), ("RANHAM-VI", "36.03")]
