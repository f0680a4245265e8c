"""How answers leave the command line: table for people, JSON and CSV for scripts."""

import csv
import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from ranham.kernel import clock
from ranham.kernel.errors import RanhamError

console = Console()
WIDEST = console.options.update(width=2000)
problems = Console(stderr=True)


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show(rows: Iterable[Any], format_: Format, *, title: str = "", columns: Sequence[str] | None = None) -> None:
    """Print dataclass rows; `columns` picks those of the table, JSON and CSV always carry all of them."""
    records = [dataclasses.asdict(row) for row in rows]
    match format_:
        case Format.JSON:
            # Not through rich: a terminal's width must never break a script's JSON.
            sys.stdout.write(json.dumps(records, default=plain, ensure_ascii=False, indent=1) + "\n")
        case Format.CSV:
            if records:
                writer = csv.DictWriter(sys.stdout, fieldnames=list(records[0]))
                writer.writeheader()
                writer.writerows(records)
        case Format.TABLE:
            _print(table(records, title=title, columns=columns))


def _print(made: Table) -> None:
    """In the terminal's width. Where nobody can widen a window, a table that would be crammed is as wide as it needs to be."""
    wanted = Measurement.get(console, WIDEST, made).maximum
    crammed = not console.is_terminal and wanted > 1.5 * console.width
    (Console(width=wanted) if crammed else console).print(made)


def table(records: Sequence[dict[str, Any]], *, title: str = "", columns: Sequence[str] | None = None) -> Table:
    made = Table(title=title or None, title_justify="left")
    names = list(columns or (records[0] if records else ()))
    for name in names:
        number = bool(records) and isinstance(records[0].get(name), int | Decimal)
        made.add_column(name.replace("_", " "), justify="right" if number else "left")
    for record in records:
        made.add_row(*("-" if record[name] is None else _literal(record[name]) for name in names))
    return made


def _literal(value: object) -> Text:
    """As it is: what other people wrote is neither markup of ours nor an order to the terminal."""
    said = clock.in_wib(value) if isinstance(value, datetime) and value.tzinfo is not None else str(value)
    return Text("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in said))


def write_whole(file: Path, pieces: Iterable[bytes]) -> None:
    """The file is written whole, or stays as it was; what is no regular file, such as a pipe, is written to directly."""
    target = file.resolve()
    direct = target.exists() and not target.is_file()
    made = target if direct else target.with_name(f".{target.name}.part")
    try:
        with made.open("wb") as out:
            out.writelines(pieces)
        if not direct:
            made.replace(target)
    except OSError as error:
        raise RanhamError(f"{file} could not be written: {error.strerror}") from error
    finally:
        if not direct:
            made.unlink(missing_ok=True)


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"cannot show {type(value).__name__}")
