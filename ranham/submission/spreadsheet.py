"""A workbook's first sheet as CSV bytes, row for row, so that row numbers are those a person sees in Excel."""

import csv
import io
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ranham.kernel.errors import BadInput, Finding

BROKEN = (InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, EOFError, KeyError, ValueError, TypeError,
          IndexError, AttributeError, OSError)  # fmt: skip
"""What openpyxl raises over broken workbooks; XML errors are SyntaxErrors."""


def as_csv(path: Path) -> IO[bytes]:
    """The first sheet in a temporary file. Blank rows stay, as blank records, to keep the numbering."""
    try:
        # Values, not formulas: what the person saw when saving.
        book = load_workbook(path, read_only=True, data_only=True)
    except BROKEN as error:
        raise _unreadable(path, error) from error
    if not book.worksheets:
        book.close()
        raise BadInput([Finding(path.name, "no sheet with cells", "answers on the first sheet")])
    made: IO[bytes] = TemporaryFile()  # noqa: SIM115 - the caller closes it
    lines = io.TextIOWrapper(made, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(lines, lineterminator="\n")
        width = 0
        for row in book.worksheets[0].iter_rows(values_only=True):
            cells = [_text(value) for value in row]
            if not width:
                # Formatting often reaches beyond the data; only the header says how wide the table is.
                width = max((index + 1 for index, cell in enumerate(cells) if cell), default=0)
            writer.writerow((cells + [""] * width)[:width])
    except OSError:
        raise  # the disk, not the workbook
    except BROKEN as error:
        # The reader unpacks a sheet row by row, so a broken one shows only here.
        lines.detach().close()
        raise _unreadable(path, error) from error
    finally:
        book.close()
    lines.flush()
    lines.detach()
    made.seek(0)
    return made


def _unreadable(path: Path, error: Exception) -> BadInput:
    return BadInput([Finding(path.name, str(error) or type(error).__name__, "an Excel workbook (.xlsx) that is whole")])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date)):
        # A date cell has no offset; the row is refused for it, with the reason.
        return value.isoformat()
    return str(value)
