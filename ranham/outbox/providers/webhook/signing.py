"""Secrets of webhooks, each in a file of its own, and signatures by them. A secret is in its file only."""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ranham.kernel.errors import Conflict, RanhamError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""What a webhook is called, and the file of its secret: so no name leads out of the folder."""
MARK = "whsec_"
LENGTHS = range(24, 65)
"""Bytes of a secret, as Standard Webhooks has it."""
MOST = 2
"""The one in force, and the former or the next one while it is exchanged."""


class Unreadable(RanhamError):  # noqa: N818 - reads as a sentence
    """What is wrong with a secret, without any of it."""


def signature(secrets_: Sequence[bytes], message_id: str, seconds: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 in base64 of id, time and body with full stops between; one for each secret."""
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    made = (base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode() for secret in secrets_)
    return " ".join(f"v1,{each}" for each in made)


def read_secrets(folder: Path | None, name: str) -> list[bytes]:
    """The secrets of a webhook, one or two; each line of its file is one, `whsec_` and base64."""
    file = _file(folder, name)
    lines = _lines(file)
    if not 1 <= len(lines) <= MOST:
        raise Unreadable(f"{file} holds {len(lines)} lines; one secret is expected, or two while it is exchanged")
    return [_decoded(file, line) for line in lines]


def new_secret(folder: Path | None, name: str) -> int:
    """Make a secret; one that is there already signs beside it from then on. How many there are.

    Nothing is written beside a line that is no secret: such a file signs nothing, whatever else is in it.
    """
    with _held(_file(folder, name)) as file:
        kept = _lines(file, missing=[])
        for line in kept:
            _decoded(file, line)
        if len(kept) >= MOST:
            raise Conflict(f"{file} holds two secrets already: take the old one out first, with --drop-old")
        made = MARK + base64.b64encode(secrets.token_bytes(32)).decode()
        _write(file, [made, *kept])
        return len(kept) + 1


def drop_old_secret(folder: Path | None, name: str) -> None:
    """Only the newest signs from then on; what the others are does not matter."""
    with _held(_file(folder, name)) as file:
        lines = _lines(file)
        if not lines:
            raise Unreadable(f"{file} holds no secret: ranham release webhook secret {name} makes one")
        _decoded(file, lines[0])
        _write(file, lines[:1])


def _file(folder: Path | None, name: str) -> Path:
    if folder is None:
        raise Unreadable("no folder of secrets: set RANHAM_WEBHOOK_SECRETS_DIR, see docs/webhooks.md")
    if not NAME.fullmatch(name):
        raise Unreadable(
            f"name: found {name!r}, expected small letters, digits and -, 40 at most, as its secret's file"
        )
    return folder / name


@contextmanager
def _held(file: Path) -> Iterator[Path]:
    """The file itself, where its name is a link, while nobody else changes one in its folder.

    The folder is locked and not the file, which is replaced; a file of its own for that would stay behind.
    """
    import fcntl  # noqa: PLC0415 - not every system has it, and who only reads secrets does not need it

    try:
        meant = file.resolve()
    except (OSError, RuntimeError) as error:  # links in a circle
        raise Unreadable(f"the secret {file} cannot be read: {type(error).__name__}") from None
    if not meant.parent.is_dir():
        raise RanhamError(f"there is no folder {meant.parent}; make it: install -d -m 700 -o USER {meant.parent}")
    try:
        opened = os.open(meant.parent, os.O_RDONLY)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
        except OSError:
            os.close(opened)
            raise
    except OSError as error:
        raise RanhamError(f"{meant.parent} could not be locked: {error.strerror}") from None
    try:
        yield meant
    finally:
        os.close(opened)


def _lines(file: Path, missing: list[str] | None = None) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        if missing is not None and isinstance(error, FileNotFoundError):
            return missing
        raise Unreadable(f"the secret {file} cannot be read: {type(error).__name__}") from None
    return [line for line in lines if line and not line.startswith("#")]


def _decoded(file: Path, line: str) -> bytes:
    try:
        secret = base64.b64decode(line.removeprefix(MARK).encode(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not line.startswith(MARK) or len(secret) not in LENGTHS:
        raise Unreadable(f"{file} holds something else than {MARK} and 24 to 64 bytes in base64")
    return secret


def _write(file: Path, lines: Sequence[str]) -> None:
    """Whole or not at all, as a worker may be reading it; it stays whose it was, so that who read it may read it on."""
    draft: str | None = None
    try:
        owner, mode = _owner(file)
        opened, draft = tempfile.mkstemp(prefix=".", dir=file.parent)
        with os.fdopen(opened, "w") as out:
            if owner is not None:
                os.fchown(opened, *owner)
            os.fchmod(opened, mode)
            out.write("".join(f"{line}\n" for line in lines))
        Path(draft).replace(file)
    except OSError as error:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        raise RanhamError(f"{file} could not be written: {error.strerror}") from None


def _owner(file: Path) -> tuple[tuple[int, int] | None, int]:
    """User, group and mode of the file; a new one is for its owner's eyes only, who is the folder's where root makes it."""
    if file.exists():
        found = file.stat()
        return (found.st_uid, found.st_gid), stat.S_IMODE(found.st_mode)
    found = file.parent.stat()
    return (found.st_uid, found.st_gid) if os.geteuid() == 0 else None, 0o600
