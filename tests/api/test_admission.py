"""Whose token it is: nobody waits for a database that is silent, and nothing is remembered after its moment."""

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pytest

from ranham.api import admission
from ranham.api.admission import Admission

OPERATOR = 7


class Asked:
    """A connection that answers what it is asked once it is told to."""

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair()
        self.questions: list[list[str]] = []

    @property
    def socket(self) -> int:
        return self._ours.fileno()

    def ask(self, tokens: Sequence[str]) -> None:
        self.questions.append(list(tokens))

    def hear(self, _now: datetime) -> Mapping[str, int]:
        self._ours.recv(1)
        return {each: OPERATOR for each in self.questions[-1] if each != "revoked"}

    def close(self) -> None:
        self._ours.close()
        self.theirs.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    made = Asked()
    monkeypatch.setattr(admission, "Readers", lambda: made)
    yield made
    made.close()


def test_a_silent_database_keeps_nobody_waiting(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "ANSWER_SECONDS", 0.05)

    async def two() -> list[int | None]:
        asking = Admission()
        return await asyncio.wait_for(asyncio.gather(asking.person("a"), asking.person("b")), 60)

    assert asyncio.run(two()) == [None, None]
    assert asked.questions


def test_those_who_come_together_are_asked_about_once_and_a_no_is_never_remembered(asked: Asked) -> None:
    async def twice() -> list[list[int | None]]:
        asking = Admission()
        found = []
        for _ in range(2):
            asked.theirs.send(b"x" * 9)
            known = {each: asking.remembered(each) for each in ("a", "revoked")}
            asked_for = [each for each in ("a", "a", "revoked") if known[each] is None]
            told = dict(zip(asked_for, await asyncio.gather(*map(asking.person, asked_for)), strict=True))
            found.append([known[each] or told.get(each) for each in ("a", "a", "revoked")])
        return found

    assert asyncio.run(twice()) == [[OPERATOR, OPERATOR, None]] * 2
    assert [set(each) for each in asked.questions[1:]] == [{"revoked"}]


def test_no_token_is_kept_after_its_moment(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    async def once() -> bool:
        asking = Admission()
        monkeypatch.setattr(asking, "_memory_seconds", 0.01)
        asked.theirs.send(b"x")
        await asking.person("a")
        while asking._remembered:  # noqa: ASYNC110 - nothing says when it forgot
            await asyncio.sleep(0.01)
        return True

    assert asyncio.run(asyncio.wait_for(once(), 60))
