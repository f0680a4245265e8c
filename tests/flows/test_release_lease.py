"""The lease while files and documents of a release are written, which needs no transaction and may take long."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from flows import annual_report, distribute_release
from ranham.cycle import lease
from ranham.cycle.lease import Lost
from ranham.release.kept import tag

NAME = "period:RANHAM-V:2022-B08"
CONTENT = SimpleNamespace(header=SimpleNamespace(rules={}, content_hash="f" * 64))
Left = Callable[[], float]
"""Seconds for which the lease is held, as others see it."""


@pytest.fixture
def fence(application: Engine) -> int:
    with Session(application) as session, session.begin():
        return lease.acquire(session, NAME, "test", seconds=1)


@pytest.fixture
def left(application: Engine) -> Left:
    def ask() -> float:
        with Session(application) as session, session.begin():
            found = session.scalar(text("SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM lease"))
            session.execute(text("UPDATE lease SET expires_at = clock_timestamp()"))  # as if much time went by
        return float(found or 0)

    return ask


def test_the_lease_is_held_on_to_before_each_file(fence: int, left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def write_files(_folder: object, _tag: str, _policy: object, load_it: Callable[[], Any]) -> dict[str, str]:
        for _ in range(2):
            seen.append(left())
            assert load_it() is CONTENT
        seen.append(left())
        return {}

    monkeypatch.setattr(distribute_release, "load", lambda *_: CONTENT)
    monkeypatch.setattr(distribute_release, "in_force", lambda *_: None)
    monkeypatch.setattr(distribute_release, "write_files", write_files)
    assert distribute_release.write_release_files.fn("RANHAM-V:2022-B08/1", NAME, fence) == (tag("f" * 64, None), {})
    assert [each > 60 for each in seen] == [True] * 3


def _documents(monkeypatch: pytest.MonkeyPatch, write: Callable[[Callable[[int, int], None]], None]) -> None:
    def write_documents(*_: object, reached: Callable[[int, int], None], **__: object) -> tuple[str, dict[str, str]]:
        write(reached)
        return "tag", {}

    monkeypatch.setattr(annual_report, "load_public", lambda *_: CONTENT)
    monkeypatch.setattr(annual_report, "companions", lambda *_: [])
    monkeypatch.setattr(annual_report, "Progress", lambda *_: SimpleNamespace(reached=lambda _done: None))
    monkeypatch.setattr(annual_report, "write_documents", write_documents)


def test_the_lease_is_held_on_to_with_each_sheet(fence: int, left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def write(reached: Callable[[int, int], None]) -> None:
        for done in (1, 2):
            seen.append(left())
            reached(done, 2)
        seen.append(left())

    _documents(monkeypatch, write)
    assert annual_report.write_all_documents.fn("RANHAM-V:2022/1", NAME, fence) == ("tag", {})
    assert [each > 60 for each in seen] == [True] * 3


def test_who_lost_the_lease_writes_no_further_sheet(
    application: Engine, fence: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(reached: Callable[[int, int], None]) -> None:
        with Session(application) as session, session.begin():
            lease.take_away(session, NAME)
        reached(1, 2)

    _documents(monkeypatch, write)
    with pytest.raises(Lost):
        annual_report.write_all_documents.fn("RANHAM-V:2022/1", NAME, fence)
