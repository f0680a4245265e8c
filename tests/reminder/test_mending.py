"""An address that failed and is right again, or belongs to somebody else now, gets what is still timely, and no flood."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.reminder import contacts
from ranham.reminder.mending import mend_address
from ranham.reminder.planning import Planned, anything_due, plan
from tests.reminder.desk import SERANG, b08, contact, ledger, wib

ADDRESS = "operator.36.04@contoh.go.id"


def _bounced(session: Session, *, at: datetime) -> None:
    """As the worker leaves it: nothing is sent to an address that failed."""
    session.execute(
        text("""INSERT INTO address_failure (channel, address, kind, since) VALUES ('email', :address, 'bounce', :at)
                ON CONFLICT DO NOTHING"""),
        {"address": ADDRESS, "at": at},
    )
    session.execute(
        text("UPDATE delivery SET state = 'permanent_failure', state_at = :at WHERE lower(address) = :address"),
        {"address": ADDRESS, "at": at},
    )


def _waiting(session: Session) -> list[str]:
    rows = session.scalars(
        text("""SELECT r.rung FROM reminder r JOIN delivery d ON d.id = r.delivery_id
                WHERE d.state = 'created' AND d.address = :address ORDER BY r.id"""),
        {"address": ADDRESS},
    )
    return list(rows)


def test_a_mended_address_gets_the_latest_rung_of_each_occasion(session: Session) -> None:
    contact(session)
    for day in ("09-02", "09-05"):
        plan(session, b08(session), now=wib(day))
    _bounced(session, at=wib("09-05"))
    assert mend_address(session, ADDRESS.upper(), now=wib("09-05", "10:00")) == 2
    assert _waiting(session) == ["opening", "t_minus_1"]


def test_after_the_deadline_nothing_that_counts_down_is_sent_again(session: Session) -> None:
    contact(session)
    plan(session, b08(session), now=wib("09-05"))
    _bounced(session, at=wib("09-05"))
    assert mend_address(session, ADDRESS, now=wib("09-07", "00:00")) == 0
    with pytest.raises(NotFound):
        mend_address(session, ADDRESS, now=wib("09-07", "00:00"))


def test_whoever_takes_over_from_an_address_that_failed_gets_what_is_timely_once(session: Session) -> None:
    old = contact(session)
    for day in ("09-02", "09-05"):
        plan(session, b08(session), now=wib(day))
    _bounced(session, at=wib("09-05"))
    now = wib("09-05", "10:00")
    assert not anything_due(session, b08(session), now=now)
    contacts.correct(session, old, by="test", now=now, address="baru@contoh.go.id")
    assert anything_due(session, b08(session), now=now)
    plan(session, b08(session), now=now)
    rows = [row.rung for row in ledger(session, SERANG, address="baru@contoh.go.id", decision="send")]
    assert rows == ["opening", "t_minus_1"]
    assert not anything_due(session, b08(session), now=now)
    assert plan(session, b08(session), now=now) == Planned()


def test_an_address_that_works_is_not_written_to_again_when_another_joins(session: Session) -> None:
    contact(session)
    plan(session, b08(session), now=wib("09-05"))
    contact(session, address="kedua@contoh.go.id")
    assert not anything_due(session, b08(session), now=wib("09-05", "10:00"))
