"""Single flight: one holder of a name at a time, told apart by a fence that only grows.

Time is the database's, because the clocks of several hosts differ and a lease must not.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ranham.kernel.database import unit_of_work
from ranham.kernel.errors import Busy
from ranham.kernel.settings import settings

HELD = "SELECT holder, expires_at FROM lease WHERE name = :name AND expires_at > clock_timestamp()"
TAKE = """
INSERT INTO lease (name, holder, fence, expires_at)
VALUES (:name, :holder, 1, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, fence = lease.fence + 1, expires_at = excluded.expires_at, taken_at = clock_timestamp()
WHERE lease.expires_at <= clock_timestamp()
RETURNING fence
"""
HURRY = "set_config('idle_in_transaction_session_timeout', :idle, true)"
CHECK = f"SELECT fence FROM lease, {HURRY} WHERE name = :name FOR UPDATE OF lease"
AWAY = """
UPDATE lease SET expires_at = clock_timestamp(), fence = fence + 1
WHERE name = :name AND expires_at > clock_timestamp() RETURNING holder
"""
WAIT = "SELECT set_config('lock_timeout', :wait, true)"
PATIENCE_SECONDS = 5
"""How long taking a lease away waits for the holder's transaction."""


class Lost(Busy):
    """Another holder has taken over while we were at work."""


def acquire(session: Session, name: str, holder: str, *, seconds: int) -> int:
    """Take the lease and return its fence; `Busy` while another holder's time runs.

    That is asked first, without a lock: a holder that is writing has the row locked, and its end would be waited for.
    Only one whose time has run out is waited for, so that the next comes after its writing and not into it.
    """
    hurry(session)
    _refuse_if_held(session, name)
    fence = session.scalar(text(TAKE), {"name": name, "holder": holder, "seconds": seconds})
    if fence is None:  # somebody was quicker
        _refuse_if_held(session, name)
        raise Busy(f"{name} was taken by another holder just now")
    return int(fence)


def renew(session: Session, name: str, fence: int, *, seconds: int) -> None:
    """Hold on for longer; `Lost` if somebody else has taken over."""
    check_fence(session, name, fence)
    session.execute(
        text("UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => :seconds) WHERE name = :name"),
        {"name": name, "seconds": seconds},
    )


def release(session: Session, name: str, fence: int) -> None:
    """Let go; the row stays so that the fence keeps growing. A lease that was lost is left alone."""
    hurry(session)
    session.execute(
        text("UPDATE lease SET expires_at = clock_timestamp() WHERE name = :name AND fence = :fence"),
        {"name": name, "fence": fence},
    )


def take_away(session: Session, name: str) -> str | None:
    """Release a lease whoever holds it, and say who did; None if nobody holds it.

    The fence grows, so a holder that still lives can neither write nor renew any more. `Busy` where it is writing:
    what it writes is whole or not at all, and is not to be cut off by taking its lease.
    """
    before = session.scalar(text("SELECT current_setting('lock_timeout')"))
    session.execute(text(WAIT), {"wait": f"{PATIENCE_SECONDS}s"})
    try:
        holder: str | None = session.scalar(text(AWAY), {"name": name})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Busy(
                f"the holder of {name} is in the middle of a transaction, or somebody else takes the lease now: "
                f"nothing was released; try again later, or end the holder's process first"
            ) from error
        raise
    session.execute(text(WAIT), {"wait": before})
    return holder


def _refuse_if_held(session: Session, name: str) -> None:
    held = session.execute(text(HELD), {"name": name}).one_or_none()
    if held is not None:
        raise Busy(f"{name} is held by {held.holder} until {held.expires_at:%Y-%m-%d %H:%M:%S} UTC")


def check_fence(session: Session, name: str, fence: int) -> None:
    """Call inside the transaction that writes: a holder that was paused past its time cannot write any more.

    The transaction is hurried, as by `hurry`.
    """
    present = session.scalar(text(CHECK), {"name": name, "idle": _idle()})
    if present != fence:
        raise Lost(f"the lease on {name} was taken over by another holder; nothing was written")


def hurry(session: Session) -> None:
    """Where nothing is asked in this transaction for as long as a lease lasts, the database ends it: a holder that is
    paused or gone must not keep the rows that it has locked from whoever takes over.
    """
    session.execute(text(f"SELECT {HURRY}"), {"idle": _idle()})


def _idle() -> str:
    return f"{settings().lease_seconds}s"


@contextmanager
def held(name: str, holder: str, *, seconds: int) -> Iterator[int]:
    """The lease for the length of a block. A holder that is killed lets go when its time runs out."""
    with unit_of_work() as session:
        fence = acquire(session, name, holder, seconds=seconds)
    try:
        yield fence
    finally:
        with unit_of_work() as session:
            release(session, name, fence)
