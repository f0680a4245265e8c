"""Statements past the session fail as those of the session do, and leave it as usable."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.errors import AdminShutdown, DivisionByZero, IdleInTransactionSessionTimeout
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.orm import Session

from ranham.kernel.trips import one_trip, straight, together

DIVIDE = text("SELECT 1 / (length(CAST(:word AS text)) - 7)")
HIDDEN = "rahasia"


def in_one_trip(session: Session, statement: Any, values: dict[str, Any]) -> None:
    with one_trip(session):
        straight(session, statement, values)


def among_others(session: Session, statement: Any, values: dict[str, Any]) -> None:
    together(session, (text("SELECT CAST(:word AS text)"), values), (statement, values))


WAYS = pytest.mark.parametrize("send", [straight, in_one_trip, among_others])
Send = Callable[[Session, Any, dict[str, Any]], None]


@WAYS
def test_what_the_database_refuses_is_raised_as_by_the_session(application: Engine, send: Send) -> None:
    with Session(application) as session:
        with pytest.raises(DataError) as refused:
            send(session, DIVIDE, {"word": HIDDEN})
        assert isinstance(refused.value.orig, DivisionByZero)
        assert not refused.value.connection_invalidated
        session.rollback()
        assert session.scalar(text("SELECT 1")) == 1


def test_a_statement_is_named_and_its_values_are_not(application: Engine) -> None:
    with Session(application) as session, pytest.raises(DataError) as refused:
        straight(session, DIVIDE, {"word": HIDDEN})
    assert "SELECT 1 / (" in str(refused.value)
    assert HIDDEN not in str(refused.value)


@WAYS
def test_a_connection_that_is_lost_says_why_and_is_replaced(application: Engine, send: Send) -> None:
    with Session(application) as session:
        ended = session.scalar(text("SELECT pg_backend_pid()"))
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
        with application.connect() as other:  # until the server has ended it
            while other.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": ended}):
                other.rollback()
        with pytest.raises(DBAPIError) as lost:
            send(session, DIVIDE, {"word": "kata"})
        assert lost.value.connection_invalidated
        if send is straight:  # within a pipeline the driver may hear of the end and not of the reason
            assert isinstance(lost.value.orig, (IdleInTransactionSessionTimeout, AdminShutdown))
        session.rollback()
        assert session.scalar(text("SELECT 1")) == 1
