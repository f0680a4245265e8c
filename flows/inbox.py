"""Files that people lay into the inbox: when they are whole, and where they go afterwards."""

import hashlib
from collections.abc import Set as AbstractSet
from pathlib import Path

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from ranham.kernel import clock
from ranham.kernel.errors import BadInput, Busy, RanhamError
from ranham.kernel.settings import settings

PASSING = (".", "~$")
"""How names begin that other programs give to files for a while: locks, and copies under way."""


def is_whole(path: Path, suffixes: AbstractSet[str]) -> bool:
    """A report that is there to the end: one that changed just now is still being copied and waits for the next run."""
    try:
        return (
            path.suffix.lower() in suffixes
            and not path.name.startswith(PASSING)
            and path.is_file()
            and clock.seconds_since_change(path) >= settings().inbox_settle_seconds
        )
    except OSError:  # another run has just taken it
        return False


def place(file: Path, folder: str) -> Path:
    """Where the file goes; another file of the same name is not overwritten."""
    target = file.parent / folder / file.name
    target.parent.mkdir(exist_ok=True)
    return free_name(target, file.read_bytes())


def free_name(target: Path, content: bytes) -> Path:
    """The name, or one with a part of its SHA-256 where another content has it."""
    if target.exists() and content != target.read_bytes():
        return target.with_name(f"{target.stem}.{hashlib.sha256(content).hexdigest()[:12]}{target.suffix}")
    return target


def put_aside(file: Path, refused: Exception) -> str:
    """Move a file that cannot be taken to rejected, with the reasons beside it; the first of them.

    Raises again what is not the file's fault: it stays for the next run.
    """
    if isinstance(refused, Busy | OSError):
        raise refused
    if isinstance(refused, SQLAlchemyError) and not isinstance(refused, DataError | IntegrityError):
        raise refused  # the database's fault, and only values and keys are the file's
    target = place(file, "rejected")
    lines = [str(f) for f in refused.findings] if isinstance(refused, BadInput) else [_words(refused)]
    target.with_name(target.name + ".report.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.replace(target)
    return lines[0]


def _words(refused: Exception) -> str:
    return str(refused) if isinstance(refused, RanhamError) else f"{type(refused).__name__}: {refused}"
