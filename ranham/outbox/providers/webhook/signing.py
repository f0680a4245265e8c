"""Secrets of webhooks, each in a file of its own, and signatures by them. A secret is in its file only."""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Sequence
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
    try:
        lines = _lines(file)
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"the secret {file} cannot be read: {type(error).__name__}") from None
    if not 1 <= len(lines) <= MOST:
        raise Unreadable(f"{file} holds {len(lines)} lines; one secret is expected, or two while it is exchanged")
    return [_decoded(file, line) for line in lines]


def new_secret(folder: Path | None, name: str) -> int:
    """Make a secret; one that is there already signs beside it from then on. How many there are."""
    file = _file(folder, name)
    kept = [] if not file.exists() else _lines(file)
    if len(kept) >= MOST:
        raise Conflict(f"{file} holds two secrets already: take the old one out first, with --drop-old")
    made = MARK + base64.b64encode(secrets.token_bytes(32)).decode()
    _write(file, [made, *kept])
    return len(kept) + 1


def drop_old_secret(folder: Path | None, name: str) -> None:
    """Only the newest signs from then on."""
    read_secrets(folder, name)
    file = _file(folder, name)
    _write(file, _lines(file)[:1])


def _file(folder: Path | None, name: str) -> Path:
    if folder is None:
        raise Unreadable("no folder of secrets: set RANHAM_WEBHOOK_SECRETS_DIR, see docs/webhooks.md")
    if not NAME.fullmatch(name):
        raise Unreadable("the name of the webhook is no name of a file")
    return folder / name


def _lines(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text("utf-8").splitlines())
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
    """Whole or not at all, for its owner's eyes only: a worker may be reading it."""
    try:
        opened, draft = tempfile.mkstemp(prefix=".", dir=file.parent)
        with os.fdopen(opened, "w") as out:
            out.write("".join(f"{line}\n" for line in lines))
        Path(draft).replace(file)
    except OSError as error:
        raise RanhamError(f"{file} could not be written: {error.strerror}") from None
