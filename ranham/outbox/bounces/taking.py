"""Takes a mailbox of bounces and complaints. Nothing in it is changed, and reading it again changes nothing."""

import mailbox
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Busy, Finding, NotFound
from ranham.outbox.bounces.reading import Told, read
from ranham.outbox.deliveries.reporting import Taken, record_for_address, record_status


@dataclass(frozen=True, slots=True)
class Bounces:
    messages: int
    reports: int
    changed: int
    """Deliveries whose state changed."""
    strange: int
    """Reports about messages that are not ours, or no longer known."""
    later: int
    """About messages that are being sent at this moment: take the mailbox again."""


def take_folder(session: Session, path: Path, *, now: datetime) -> Bounces:
    """A folder of `.eml` files, a Maildir, or an mbox file."""
    messages = reports = 0
    ends: list[Taken | NotFound | Busy] = []
    for data in _messages(path):
        messages += 1
        for told in read(data):
            reports += 1
            ends.append(_take(session, told, now))
    return Bounces(
        messages,
        reports,
        changed=ends.count(Taken.CHANGED),
        strange=sum(isinstance(end, NotFound) for end in ends),
        later=sum(isinstance(end, Busy) for end in ends),
    )


def _take(session: Session, told: Told, now: datetime) -> Taken | NotFound | Busy:
    try:
        if told.message_id is not None:
            return record_status(session, told.status, message_id=told.message_id, reply=told.reply, now=now)
        if told.foreign or told.address is None:
            return NotFound("about another message")
        return record_for_address(session, told.address, told.status, now=now, reply=told.reply)
    except (NotFound, Busy) as refused:
        return refused


def _messages(path: Path) -> Iterator[bytes]:
    if path.is_file():
        with closing(mailbox.mbox(path, create=False)) as box:
            yield from (box.get_bytes(key) for key in box.keys())  # noqa: SIM118 - it is no mapping of its keys
    elif (path / "new").is_dir() and (path / "cur").is_dir():
        yield from (file.read_bytes() for name in ("new", "cur") for file in sorted((path / name).iterdir()))
    elif path.is_dir():
        yield from (file.read_bytes() for file in sorted(path.glob("*.eml")))
    else:
        raise BadInput([Finding(str(path), "nothing", "a folder of .eml files, a Maildir or an mbox file")])
