"""Who may write reports of a period at the same time. Taken before any row, always in this order, so nobody waits in a ring.

Single reports share the period with each other; an import and a decision on an extension, which write many reports at
once by what they find, have it alone. A roll-up waits for all of them, and they for it: below its watermark every
submission and event is committed. A statement that reads what another one may just have written comes after the lock,
never with it: its snapshot would be older than the wait.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

WRITERS, ROLL_UP = 7267, 7266


def share(period: str) -> str:
    """Columns of a statement that share the period of each of its rows; `period` is an expression of SQL."""
    return (
        f"pg_advisory_xact_lock_shared({WRITERS}, cast({period} AS int)) AS shared_with_writers, "
        f"pg_advisory_xact_lock_shared({ROLL_UP}, cast({period} AS int)) AS shared_with_roll_up"
    )


_SHARE = text(f"SELECT {share(':period')}")
_ALONE = text(
    f"SELECT pg_advisory_xact_lock({WRITERS}, cast(:period AS int)), "
    f"pg_advisory_xact_lock_shared({ROLL_UP}, cast(:period AS int))"
)


def share_period(session: Session, period_id: int) -> None:
    """For whoever writes reports one by one; to the end of the transaction."""
    session.execute(_SHARE, {"period": period_id})


def have_period_alone(session: Session, period_id: int) -> None:
    """For whoever writes many reports set-based; to the end of the transaction."""
    session.execute(_ALONE, {"period": period_id})
