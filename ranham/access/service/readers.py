"""Whose tokens may read what everybody may who is signed in: many at once, each looked up anew, without waiting."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import OperationalError
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from ranham.access.models import TokenKind
from ranham.access.permissions import scopes_allow
from ranham.access.service.tokens import is_to_be_noted
from ranham.kernel.database import lone_application_connection

_NAME = b"readers"
_WHO = b"""
SELECT t.token, p.person_id, p.kind, p.scopes, p.last_used_at, p.must_change_password
FROM jsonb_array_elements_text($1::jsonb) AS t(token) CROSS JOIN LATERAL ranham_principal(t.token) p
"""


class _Found(NamedTuple):
    """The columns of the statement."""

    token: str
    person_id: int
    kind: str
    scopes: list[str]
    last_used_at: datetime | None
    must_change_password: bool


class Readers:
    """A connection on which one question at a time is asked, and whose answer is read when its socket has some of it.

    Straight to libpq: the driver would wait, and take ten times as long for it. Every fault leaves it unusable.
    """

    def __init__(self) -> None:
        self._connection = lone_application_connection()
        self._libpq = self._connection.pgconn
        made = self._libpq.prepare(_NAME, _WHO)
        if made.status != ExecStatus.COMMAND_OK:
            raise OperationalError(made.error_message.decode(errors="replace"))
        self._libpq.nonblocking = 1
        self.socket = self._libpq.socket  # a connection that is lost no longer says it
        self._transformer = Transformer(self._connection)
        self._found: Mapping[str, int] = {}

    def close(self) -> None:
        self._connection.close()

    def ask(self, tokens: Sequence[str]) -> None:
        self._libpq.send_query_prepared(_NAME, [json.dumps(tokens).encode()])
        if self._libpq.flush():
            raise OperationalError("the question does not fit into the way to the database")

    def hear(self, now: datetime) -> Mapping[str, int] | None:
        """The persons of those tokens that may read; None: the answer is not whole yet.

        Left out is every token of which something else is to be said or done: it is unknown, has expired or was
        revoked, its person is disabled or has to change the password, it was not made for reading, or its use is to be
        noted.
        """
        self._libpq.consume_input()
        while not self._libpq.is_busy():
            result = self._libpq.get_result()
            if result is None:
                found, self._found = self._found, {}
                return found
            if result.status != ExecStatus.TUPLES_OK:
                raise OperationalError(result.error_message.decode(errors="replace"))
            self._transformer.set_pgresult(result)
            rows = self._transformer.load_rows(0, result.ntuples, _Found._make)
            self._found = {row.token: row.person_id for row in rows if _reads(row, now)}
        return None


def _reads(row: _Found, now: datetime) -> bool:
    allowed = scopes_allow(TokenKind(row.kind), row.scopes, writes=False)
    return allowed and not row.must_change_password and not is_to_be_noted(row.last_used_at, now)
