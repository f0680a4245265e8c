"""Ends of months, New Year within a window, three zones, a calendar that changes meanwhile, two ticks at once."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.cycle import service
from ranham.cycle.queries import due
from ranham.kernel import migrations
from ranham.obligation import service as obligation
from ranham.plan import service as plan
from ranham.plan.queries import find_period, find_plan_year
from ranham.submission.service import import_file
from ranham.territory import service as territory
from tests.flows.conftest import prefect
from tests.flows.test_cycle_flows import HEADER
from tests.journeys import coming_regulation
from tests.operations.farm import ROOT, said
from tests.patience import PATIENCE_SECONDS

__all__ = ["prefect"]
WINDOWS = {
    1: (date(2022, 2, 20), date(2022, 2, 28)),
    8: (date(2022, 8, 25), date(2022, 8, 31)),
    11: (date(2022, 12, 20), date(2022, 12, 31)),
    12: (date(2022, 12, 27), date(2023, 1, 6)),
}
OFFSETS = {"36": 7, "53": 8, "91": 9}
"""Hours east of Greenwich in Banten, Nusa Tenggara Timur and Papua: WIB, WITA and WIT."""
LOADED = datetime(2022, 1, 3, tzinfo=UTC)
TICK = "import json; from flows.tick import tick; print(json.dumps(tick()))"


def calendar(zone_rule: str, **changed: tuple[date, date]) -> dict[str, Any]:
    """A plan of three provinces and one action, with the windows; `changed` are those of an amendment, by code."""
    made = coming_regulation.coming_plan()
    year = made["years"][0]
    windows = {f"B{month:02}": (month, window) for month, window in WINDOWS.items()}
    year["periods"] = [
        coming_regulation.period(month, *(f"{day}" for day in changed.get(code, window)), zone_rule=zone_rule)
        for code, (month, window) in windows.items()
    ]
    year["obliged"] = [{"level": "province", "include": list(OFFSETS)}]
    year["actions"] = [coming_regulation.action("D1", "lansia", ["province"])]
    [action] = year["actions"]
    action["measures"] = [{**action["measures"][0], "period": code} for code in windows]
    return made


@pytest.fixture
def empty(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Engine]:
    engine = create_engine(address(new_database()))
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
    yield engine
    engine.dispose()


def load(session: Session, made: dict[str, Any], folder: Path) -> None:
    plan.load(session, coming_regulation.write_plan(made, folder / "plan.yaml"), now=LOADED)


@pytest.mark.parametrize("zone_rule", ["unit", "jakarta"])
def test_the_last_second_counts_and_the_next_is_late_at_each_midnight(
    empty: Engine, tmp_path: Path, zone_rule: str
) -> None:
    with Session(empty) as session, session.begin():
        load(session, calendar(zone_rule), tmp_path)
        obligation.freeze(session, find_plan_year(session, 2022), now=LOADED)
        for month, (_, last) in WINDOWS.items():
            period = find_period(session, f"2022-B{month:02}")
            for unit, hours in OFFSETS.items():
                zone = timezone(timedelta(hours=hours if zone_rule == "unit" else 7))
                midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
                for moment, timeliness in (
                    (midnight - timedelta(seconds=1), "on_time"),
                    (midnight, "late"),
                ):
                    local = moment.astimezone(timezone(timedelta(hours=hours)))
                    file = tmp_path / f"{month}-{unit}-{timeliness}.csv"
                    file.write_text(f"{HEADER}{unit},D1,1,achieved,1,{timeliness},,{local.isoformat()}\n")
                    import_file(
                        session,
                        file,
                        period=period,
                        code_system="kemendagri",
                        now=midnight + timedelta(hours=1),
                        author="t",
                    )
                    found = session.execute(
                        text("""SELECT s.timeliness FROM submission s JOIN unit_version v ON v.unit_id = s.unit_id
                                WHERE s.period_id = :period AND v.code = :unit AND s.is_current LIMIT 1"""),
                        {"period": period.id, "unit": unit},
                    ).scalar_one()
                    assert found == timeliness, (month, unit, local)


def test_a_window_over_new_year_stays_one_period_of_the_old_year(empty: Engine, tmp_path: Path) -> None:
    with Session(empty) as session, session.begin():
        load(session, calendar("unit"), tmp_path)
        obligation.freeze(session, find_plan_year(session, 2022), now=LOADED)
        period = find_period(session, "2022-B12")
        steps: list[tuple[datetime, list[str]]] = []
        for days in range(20):
            now = datetime(2022, 12, 26, 3, tzinfo=UTC) + timedelta(days=days)
            steps.append((now, [each.step.value for each in due(session, now=now, close_after_days=5) if each.period.endswith("2022-B12")]))  # fmt: skip
            if "open" in steps[-1][1]:
                assert service.open_period(session, period, now=now)
    opened = [now.date() for now, found in steps if "open" in found]
    closing = [now.date() for now, found in steps if "close" in found]
    assert opened == [date(2022, 12, 27)]
    # The last unit's window ends with 6 January in the west of the country; five days are for late reports.
    assert closing[0] == date(2023, 1, 12)


def test_a_calendar_that_changes_in_an_open_window_moves_nothing_of_a_frozen_year(
    empty: Engine, tmp_path: Path
) -> None:
    moments = [datetime(2022, 8, 24, tzinfo=UTC) + timedelta(days=n) for n in range(60)]
    with Session(empty) as session, session.begin():
        load(session, calendar("unit"), tmp_path)
        obligation.freeze(session, find_plan_year(session, 2022), now=LOADED)
        service.open_period(session, find_period(session, "2022-B08"), now=datetime(2022, 8, 26, tzinfo=UTC))
        before = [due(session, now=now, close_after_days=30) for now in moments]
        load(session, calendar("unit", B08=(date(2022, 8, 28), date(2022, 9, 30))), tmp_path)
        assert [due(session, now=now, close_after_days=30) for now in moments] == before
        assert find_period(session, "2022-B08").closes_on == date(2022, 8, 31)


def test_two_ticks_at_once_do_each_step_once(application: Engine, prefect: dict[str, str]) -> None:
    surroundings = {
        **os.environ,
        **prefect,
        "RANHAM_NOW": "2022-08-30T09:00:00+07:00",
        "PREFECT_LOGGING_LEVEL": "ERROR",
    }
    both = [
        subprocess.Popen([sys.executable, "-c", TICK], env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    done = [each.communicate(timeout=PATIENCE_SECONDS)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0]
    with application.connect() as connection:
        runs = connection.execute(text("SELECT step, period_label, state, summary FROM cycle_run")).all()
        opened = connection.scalar(text("SELECT count(*) FROM period_state"))
    assert {run.state for run in runs} == {"done"}
    really = Counter(run.period_label for run in runs if run.step == "open" and run.summary["opened"])
    assert set(really.values()) == {1}
    assert len(really) == opened
    assert any(step.startswith("open") for each in done for step in said(each))
