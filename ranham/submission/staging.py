"""Brings a file into a temporary table as raw text. COPY parses the CSV; Python looks at the header only."""

import csv
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Finding
from ranham.submission.schemas import COLUMNS
from ranham.submission.spreadsheet import as_csv

CHUNK = 1 << 20
BOM = b"\xef\xbb\xbf"
TABLES = (
    "import_row",
    "import_unit",
    "import_measure",
    "import_time",
    "import_answer",
    "import_current",
    "import_report",
    "import_made",
)


def digest_of(path: Path) -> str:
    if not path.is_file():
        raise BadInput([Finding(str(path), "no such file", "a CSV or XLSX file")])
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def drop_tables(session: Session) -> None:
    """Two imports may share a transaction; the tables of the first would be in the way of the second."""
    for table in TABLES:
        session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{table}"))


def stage(session: Session, path: Path) -> None:
    """Fill `import_row`: record numbers from 2 (the header is row 1), all columns as text, empty as NULL."""
    session.execute(
        text(
            "CREATE TEMP TABLE import_row (row_no integer GENERATED ALWAYS AS IDENTITY (START 2 CACHE 10000), "
            + ", ".join(f"{column} text" for column in COLUMNS)
            + ") ON COMMIT DROP"
        )
    )
    with _opened(path) as file:
        columns, delimiter = _header(file, path.name)
        names = ", ".join(columns)
        statement = (
            f"COPY import_row ({names}) FROM STDIN "
            f"(FORMAT csv, HEADER true, DELIMITER '{delimiter}', FORCE_NULL ({names}), ENCODING 'UTF8')"
        )
        try:
            # The savepoint leaves the caller's transaction usable after a malformed file.
            with session.begin_nested():
                # Asked for inside: SQLAlchemy sets the savepoint only once the connection is used.
                connection = cast("psycopg.Connection[object]", session.connection().connection.driver_connection)
                with connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for chunk in _chunks(file, path.name):
                        copy.write(chunk)
        except psycopg.errors.DataError as error:
            raise BadInput([_malformed(error, path.name)]) from error
    session.execute(text("ANALYZE import_row"))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with as_csv(path) if path.suffix.lower() == ".xlsx" else path.open("rb") as file:
        yield file


def _header(file: IO[bytes], name: str) -> tuple[list[str], str]:
    """Columns in the order of the file, and its delimiter; leaves the file at the first byte after the BOM."""
    line = file.readline(CHUNK)
    start = len(BOM) if line.startswith(BOM) else 0
    try:
        header = line[start:].decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInput([Finding(f"{name}, line 1", f"byte {error.start + 1} that is not UTF-8", "UTF-8")]) from error
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        columns = [column.strip() for column in next(csv.reader([header], delimiter=delimiter), [])]
    except csv.Error as error:
        raise BadInput([Finding(f"{name}, line 1", str(error), "a header; lines end with LF or CRLF")]) from error
    findings = [
        Finding(f"{name}, line 1", f"column {c!r}", "one of " + ", ".join(COLUMNS)) for c in columns if c not in COLUMNS
    ]
    findings += [
        Finding(f"{name}, line 1", f"no column {c}", "a header with every column") for c in COLUMNS if c not in columns
    ]
    findings += [
        Finding(f"{name}, line 1", f"column {c} twice", "each column once") for c in COLUMNS if columns.count(c) > 1
    ]
    if findings:
        raise BadInput(findings)
    file.seek(start)
    return columns, delimiter


def _chunks(file: IO[bytes], name: str) -> Iterator[bytes]:
    """The bytes of the file without blank lines at its end, which COPY would take for malformed records."""
    held = b""
    before = b"\n"
    while chunk := file.read(CHUNK):
        # Servers before 17 take this for the end of the data, even in quotes, and drop the rest in silence.
        if re.search(rb"[\r\n]\\\.", before + chunk):
            raise BadInput([Finding(name, r"a line that begins with \.", r"lines that do not begin with \.")])
        before = (before + chunk)[-2:]
        whole = held + chunk
        kept = whole.rstrip(b"\r\n")
        held = whole[len(kept) :]
        if kept:
            yield kept
    # One newline of the file's own kind: COPY refuses a mixture.
    yield b"\r\n" if held.startswith(b"\r\n") else held[:1]


def _malformed(error: psycopg.errors.DataError, name: str) -> Finding:
    line = re.search(r"import_row, \D*(\d+)", error.diag.context or "")
    expected = (
        "UTF-8 without NUL bytes"
        if isinstance(error, psycopg.errors.CharacterNotInRepertoire)
        else f"{len(COLUMNS)} columns, quotes closed, one kind of line end"
    )
    where = f"{name}, line {line[1]}" if line else name
    return Finding(where, error.diag.message_primary or "malformed CSV", expected)
