"""Statements past the session, for the busiest paths: in one trip, or without what the session does around each."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Compiled, Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement


@contextmanager
def one_trip(session: Session) -> Iterator[None]:
    """The statements within are sent one after the other without waiting, and give no rows; what fails raises at the end.

    For a busy day: on a short way to the server half the time of a small statement is the way.
    """
    connection = session.connection()
    with _raised_as_the_session_does(connection), _driver(connection).pipeline():
        yield


def straight(session: Session, statement: ClauseElement, values: Mapping[str, Any]) -> None:
    """`session.execute` of a statement whose rows nobody reads, past the session, where that takes longer than the statement.

    What the session still holds back has to be flushed before. Within `one_trip` it does not wait either.
    """
    connection = session.connection()
    sent, parameters = _as_sent(connection, statement, values)
    with _raised_as_the_session_does(connection, sent):
        _driver(connection).execute(sent, parameters)


def together(session: Session, *asked: tuple[ClauseElement, Mapping[str, Any]]) -> list[list[Any]]:
    """The rows of several statements that are sent in one trip, and run one after the other; each row a named tuple."""
    connection = session.connection()
    driver = _driver(connection)
    with _raised_as_the_session_does(connection), ExitStack() as cursors:
        opened = [cursors.enter_context(driver.cursor(row_factory=namedtuple_row)) for _ in asked]
        with driver.pipeline():
            for cursor, (statement, values) in zip(opened, asked, strict=True):
                cursor.execute(*_as_sent(connection, statement, values))
        return [cursor.fetchall() for cursor in opened]  # here and not within, which would be a trip of its own


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    return cast("psycopg.Connection[Any]", driver)


@contextmanager
def _raised_as_the_session_does(connection: Connection, statement: str | None = None) -> Iterator[None]:
    """Parameters are not shown: among them are tokens."""
    driver = _driver(connection)
    try:
        yield
    except psycopg.Error as error:
        if driver.closed:  # or the rollback fails on it, and its error is told in the place of this one
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=driver.closed
        ) from error


def _as_sent(connection: Connection, statement: ClauseElement, values: Mapping[str, Any]) -> tuple[str, Any]:
    compiled = _compiled(statement, connection.dialect)
    return compiled.string, compiled.construct_params(dict(values))


@lru_cache
def _compiled(statement: ClauseElement, dialect: Dialect) -> Compiled:
    return statement.compile(dialect=dialect)
