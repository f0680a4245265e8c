"""`python -m flows.demo`: a whole period of 2022 through Prefect, on real territory and calendar, simulated reports."""

import logging
import os
import sys
import time
from pathlib import Path

# Before Prefect is imported: operators get our sentences, not the engine's log.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")

from rich.console import Console
from rich.table import Table

from flows import server
from ranham.compliance import queries
from ranham.kernel import clock, migrations
from ranham.kernel.database import engine, read_session, unit_of_work
from ranham.kernel.settings import settings
from ranham.kernel.starting import ended
from ranham.plan import service as plan
from ranham.plan.queries import find_period
from ranham.plan.source import plan_path
from ranham.simulation.service import write_reports
from ranham.territory.service import load_reference

PERIOD = "RANHAM-V:2022-B08"
SEED = 2022
LABEL = "SIMULATED DATA / DATA SIMULASI: territory, plan counts and calendar are real, the reports are not."

console = Console()


def main() -> int:
    began = time.monotonic()
    # Our own files are whole before the flow looks, so nothing has to be waited for.
    os.environ["RANHAM_INBOX_SETTLE_SECONDS"] = "0"
    settings()  # what is wrong with them is said before anything else
    prepare()
    _say(began, "Starting a Prefect server on the loopback.")
    with server.running(settings().data_dir / "prefect-demo", server.free_port()) as added:
        os.environ.update(added)
        _run_cycle(began)
        _silence()
    show()
    _say(began, "Done. Look further with: .venv/bin/ranham rollup 2022-B08 --help")
    return 0


def prepare() -> None:
    """Schema, territory and plan; again changes nothing."""
    console.print(LABEL, style="bold yellow")
    console.print("PostgreSQL, schema, territory (38 provinces, 514 regencies/cities), RANHAM V plan year 2022.")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrations.upgrade(engine())
    with unit_of_work() as session:
        load_reference(session)
        plan.load(session, plan_path("ranham-v-2022"), now=clock.now())


def _run_cycle(began: float) -> None:
    # Imported here because Prefect reads its settings when it is imported, and the server's port is known only now.
    from flows.busy import result_of  # noqa: PLC0415
    from flows.close_period import close_period  # noqa: PLC0415
    from flows.freeze_year import freeze_year  # noqa: PLC0415
    from flows.import_inbox import import_inbox  # noqa: PLC0415
    from flows.open_period import open_period  # noqa: PLC0415
    from flows.roll_up import roll_up  # noqa: PLC0415

    _say(began, f"Obligations frozen: {result_of(freeze_year, 2022, 'RANHAM-V'):,}.")
    _say(began, "Window opened." if result_of(open_period, PERIOD) else "Window was opened before.")
    files = write_inbox()
    _say(began, f"{len(files)} files of simulated reports in the inbox.")
    _say(began, f"Measure answers imported: {result_of(import_inbox, PERIOD):,}.")
    stages = result_of(roll_up, PERIOD)
    _say(
        began, "Rolled up, figures by stage: " + ", ".join(f"{name} {count:,}" for name, count in stages.items()) + "."
    )
    _say(
        began,
        "Period closed." if result_of(close_period, PERIOD) else "Period was closed before; its figures are final.",
    )


def write_inbox() -> list[Path]:
    with read_session() as session:
        period = find_period(session, PERIOD)
        folder = settings().inbox / PERIOD / "kemendagri"
        folder.mkdir(parents=True, exist_ok=True)
        return write_reports(session, period, folder, seed=SEED)


def show() -> None:
    """The ministry's table: national figures by level, then provinces."""
    with read_session() as session:
        rows = queries.figures(session, find_period(session, PERIOD), levels=("national", "province"))
    console.print(LABEL, style="bold yellow")
    table = Table(title=f"National, 2022-B08, {rows[0].state}", title_justify="left")
    table.add_column("whose", no_wrap=True)
    table.add_column("figure", no_wrap=True)
    table.add_column("numerator / denominator", justify="right")
    table.add_column("of")
    table.add_column("percent", justify="right")
    for row in rows:
        if row.level == "national":
            ratio = f"{row.numerator} / {row.denominator}"
            table.add_row(row.scope, row.figure, ratio, row.denominator_name, _percent(row))
    console.print(table)
    wide = Table(title="Provinces: participation and achievement", title_justify="left")
    for name in ("province", "own report", "own achieved", "regencies reporting", "%", "regencies achieved", "% "):
        wide.add_column(name, justify="left" if name == "province" else "right", overflow="fold")
    cells = {(r.unit_name, r.scope, r.figure): r for r in rows if r.level == "province"}
    for name in dict.fromkeys(r.unit_name for r in rows if r.level == "province"):
        own, achieved = cells[name, "own", "participation"], cells[name, "own", "achievement"]
        below, done = cells[name, "regencies", "participation"], cells[name, "regencies", "achievement"]
        wide.add_row(
            name,
            "yes" if own.numerator else "NO",
            f"{achieved.numerator}/{achieved.denominator}",
            f"{below.numerator}/{below.denominator}",
            _percent(below),
            f"{done.numerator}/{done.denominator}",
            _percent(done),
        )
    console.print(wide)


def _percent(row: queries.FigureRow) -> str:
    return "-" if row.percent is None else f"{row.percent}"


def _say(began: float, sentence: str) -> None:
    console.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {sentence}")


def _silence() -> None:
    """The recorder of finished task runs may still talk to the server while that ends: nothing is lost by it."""
    for name in ("prefect", "websockets", "httpx"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


if __name__ == "__main__":
    sys.exit(ended(main))
