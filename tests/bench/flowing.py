"""The cycle's flows on a running Prefect server against empty flows with as many runs and tasks."""

import os
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from flows import server
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

        theirs = seconds(lambda: [empty(count) for count in tasks])
        ours = seconds(cycle)
        again = seconds(lambda: [empty(count) for count in tasks])
    what = f"cycle: {len(tasks)} flow runs, {sum(tasks)} tasks"
    return [row(what, ours, "empty flows (mean of before and after)", (theirs + again) / 2, "<= 1.5")]


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
