"""Whether a token may read what is open to everybody who is signed in: asked of the database.

What comes while a question is on its way waits for the next one, which asks for all of them in one trip. A yes is
remembered for a moment, `RANHAM_READER_MEMORY_SECONDS`, so that whoever pulls many pages is asked about once, not for
each; a no never is. The answer is waited for by the event loop itself, as handing it to a thread costs more than asking.
"""

import asyncio
import logging
from collections.abc import Mapping

from anyio import to_thread
from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from ranham.access.service import Readers
from ranham.kernel import clock
from ranham.kernel.errors import RanhamError
from ranham.kernel.settings import settings

log = logging.getLogger("ranham.api")
_FAULTS = (Error, SQLAlchemyError, RanhamError, OSError)

ANSWER_SECONDS = 3
"""A database that is silent for longer is asked the usual way, where it is said that it does not answer."""
REMEMBERED = 1000
"""Tokens. Where more come within the moment, all are forgotten, which costs a question each."""

Waiting = dict[str, list[asyncio.Future[int | None]]]


class Admission:
    def __init__(self) -> None:
        self._waiting: Waiting = {}
        self._asked: Waiting = {}
        self._called = False
        self._asked_at = 0.0
        self._readers: Readers | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._memory_seconds = settings().reader_memory_seconds
        self._remembered: dict[str, tuple[int, float]] = {}
        self._forgetting: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None

    def remembered(self, token: str) -> int | None:
        person, until = self._remembered.get(token, (None, 0.0))
        return person if person is not None and clock.stopwatch() < until else None

    async def person(self, token: str) -> int | None:
        """Whose token it is; None where it is not so simple, or the database does not answer: ask the usual way."""
        mine: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(token, []).append(mine)
        if self._readers is None:
            self._connecting = self._connecting or asyncio.create_task(self._connect())
        elif not self._asked and not self._called:
            # After everything that has arrived by now, so that it goes along.
            self._called = True
            asyncio.get_running_loop().call_soon(self._ask)
        return await mine

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._readers = await to_thread.run_sync(Readers, abandon_on_cancel=True)
            asyncio.get_running_loop().add_reader(self._readers.socket, self._hear)
            self._ask()
        except Exception as error:  # noqa: BLE001 - whoever waits has to hear of it
            self._fail(error)
        finally:
            self._connecting = None

    def _ask(self) -> None:
        self._called = False
        if self._readers is None or self._asked or not self._waiting:
            return
        self._asked, self._waiting = self._waiting, {}
        self._asked_at = clock.stopwatch()  # what was revoked after this moment may be let in until the moment is over
        self._patience = asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._fail, TimeoutError("no answer"))
        try:
            self._readers.ask(list(self._asked))
        except _FAULTS as error:
            self._fail(error)

    def _hear(self) -> None:
        if self._readers is None:
            return
        try:
            found = self._readers.hear(clock.real_now())
        except _FAULTS as error:
            self._fail(error)
            return
        if found is None:
            return
        self._stop_waiting()
        answered, self._asked = self._asked, {}
        for token, futures in answered.items():
            _tell(futures, found.get(token))
        self._remember(found)
        self._ask()

    def _remember(self, found: Mapping[str, int]) -> None:
        if not self._memory_seconds:
            return
        if len(self._remembered) + len(found) > REMEMBERED:
            self._remembered = {}
        until = self._asked_at + self._memory_seconds
        self._remembered.update({token: (person, until) for token, person in found.items()})
        self._forgetting = self._forgetting or asyncio.get_running_loop().call_later(self._memory_seconds, self._forget)

    def _forget(self) -> None:
        """No token stays in memory after its moment."""
        now = clock.stopwatch()
        self._remembered = {token: of for token, of in self._remembered.items() if of[1] > now}
        later = asyncio.get_running_loop().call_later
        self._forgetting = later(self._memory_seconds, self._forget) if self._remembered else None

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _fail(self, error: Exception) -> None:
        """Everybody takes the usual way, where it is said what is wrong; the next one makes a new connection."""
        log.warning("tokens are asked for the usual way: %s", type(error).__name__)
        self._stop_waiting()
        broken, self._readers = self._readers, None
        if broken is not None:
            asyncio.get_running_loop().remove_reader(broken.socket)
            broken.close()
        for waiting in (self._asked, self._waiting):
            for futures in waiting.values():
                _tell(futures, None)
        self._asked, self._waiting = {}, {}


def _tell(futures: list[asyncio.Future[int | None]], person: int | None) -> None:
    for future in futures:
        if not future.done():  # whoever hung up has stopped waiting
            future.set_result(person)
