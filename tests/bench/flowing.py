"""The cycle's flows on a running Prefect server: against empty flows, and the rollup against a task per regency/city."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from flows import server
from ranham.compliance import queries
from ranham.kernel import database
from ranham.kernel.settings import settings
from ranham.obligation.service import freeze
from ranham.plan import service as plan
from ranham.plan.queries import find_period, find_plan_year
from ranham.plan.source import plan_path
from ranham.simulation.service import write_reports
from ranham.territory import service as territory
from tests.bench.rolling import NOW
from tests.bench.timing import row, seconds

PERIOD = "RANHAM-V:2022-B08"
REGENCIES = 508
COUNTED = {"completeness": 1, "substantive_completeness": 2, "on_time": 3, "late": 4, "achievement": 5}
"""Figure -> its place in what a task per regency/city counts; the place 0 is the denominator."""
RECORDING_SECONDS = 120


def bench(engine: Engine, folder: Path) -> list[dict[str, object]]:
    inbox = _prepare(engine, folder)
    with server.running(folder / "prefect", server.free_port()) as added:
        os.environ.update(added, PREFECT_LOGGING_LEVEL="ERROR")
        # Imported here: Prefect reads its settings when it is imported.
        from flows.close_period import close_period  # noqa: PLC0415
        from flows.freeze_year import freeze_year  # noqa: PLC0415
        from flows.import_inbox import import_inbox  # noqa: PLC0415
        from flows.open_period import open_period  # noqa: PLC0415
        from flows.roll_up import roll_up  # noqa: PLC0415
        from tests.bench.empty_flows import empty  # noqa: PLC0415

        files = len(list(inbox.glob("*.csv")))
        tasks = (1, 1, files, 4, 1)
        empty(1)  # the first flow of a process pays for loading

        def cycle() -> None:
            freeze_year(2022, "RANHAM-V")
            open_period(PERIOD)
            import_inbox(PERIOD)
            roll_up(PERIOD)
            close_period(PERIOD)

        def nothing() -> None:
            for count in tasks:
                empty(count)

        api, took = added["PREFECT_API_URL"], []
        for number, play in enumerate((nothing, cycle, nothing)):
            _recorded(api, 1 + number * sum(tasks))  # or one side pays for what the other has left behind
            took.append(seconds(play))
        theirs, ours, again = took
        compared = _by_regency(engine, api)
    what = f"cycle: {len(tasks)} flow runs, {sum(tasks)} tasks"
    return [row(what, ours, "empty flows (mean of before and after)", (theirs + again) / 2, "<= 1.5"), *compared]


def _by_regency(engine: Engine, api: str) -> list[dict[str, object]]:
    """Our rollup of all 3,530 obligations against one task for each of the 508 regencies/cities, run in turn.

    Two times of each: until the flow returns, and until the server has recorded its last task run. The next run waits
    for that, so that neither side pays for what the other has left behind.
    """
    from flows.roll_up import roll_up  # noqa: PLC0415
    from tests.bench.regency_tasks import roll_up_by_regency  # noqa: PLC0415

    sums = [sum(column) for column in zip(*roll_up_by_regency(PERIOD), strict=True)]
    with Session(engine) as session:
        found = queries.figures(session, find_period(session, PERIOD), levels=["national"])
    ours = {row.figure: (row.numerator, row.denominator) for row in found if row.scope == "regencies"}
    assert {figure: (sums[place], sums[0]) for figure, place in COUNTED.items()}.items() <= ours.items()

    _recorded(api, REGENCIES, "roll-up-by-regency")
    took: dict[str, list[tuple[float, float]]] = {"theirs": [], "ours": []}
    for turn in range(1, 4):
        took["theirs"].append(
            _time(lambda: roll_up_by_regency(PERIOD), api, "roll-up-by-regency", (turn + 1) * REGENCIES)
        )
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM rollup"))  # or it would find nothing new and count nothing
        took["ours"].append(_time(lambda: roll_up(PERIOD), api, "roll-up", (turn + 1) * 4))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT counted FROM rollup")) == 3530
    returned, recorded = (
        {side: statistics.median(each[place] for each in runs) for side, runs in took.items()} for place in (0, 1)
    )
    what, against = "rollup as a flow: 4 tasks", f"a task per regency/city: {REGENCIES} tasks"
    return [
        row(what, returned["ours"], against, returned["theirs"], ""),
        row(f"{what}, until recorded", recorded["ours"], against, recorded["theirs"], ""),
    ]


def _time(run: Callable[[], object], api: str, name: str, tasks: int) -> tuple[float, float]:
    """Seconds until the flow returns, and until the server has recorded so many task runs of flows of that name."""
    began = time.perf_counter()
    run()
    returned = time.perf_counter() - began
    _recorded(api, tasks, name)
    return returned, time.perf_counter() - began


def _recorded(api: str, tasks: int, *flows: str) -> None:
    """Wait until the server has recorded so many task runs, of these flows or of all."""
    named = {"flows": {"name": {"any_": flows}}} if flows else {}
    asked = named | {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    deadline = time.monotonic() + RECORDING_SECONDS
    while httpx.post(f"{api}/task_runs/count", json=asked, trust_env=False, timeout=60).json() < tasks:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the Prefect server has not recorded {tasks} task runs of {flows or 'all flows'}")
        time.sleep(0.5)  # each question is work for the server too


def _prepare(engine: Engine, folder: Path) -> Path:
    os.environ["RANHAM_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
    os.environ["RANHAM_DATA_DIR"] = str(folder)
    os.environ["RANHAM_INBOX_SETTLE_SECONDS"] = "0"
    settings.cache_clear()
    database.engine.cache_clear()
    inbox = folder / "inbox" / "2022-B08" / "kemendagri"
    inbox.mkdir(parents=True)
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
        plan.load(session, plan_path("ranham-v-2022"), now=NOW)
        freeze(session, find_plan_year(session, 2022), now=NOW)
        write_reports(session, find_period(session, PERIOD), inbox, seed=2022)
    return inbox
