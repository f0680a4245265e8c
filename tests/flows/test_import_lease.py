"""The lease while a file is imported: others see it renewed before the work begins."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.orm import Session

from flows import import_inbox
from ranham.cycle import lease
from ranham.kernel.errors import Conflict

NAME = "period:RANHAM-V:2022-B08"


def waiting_file(tmp_path: Path) -> Path:
    file = tmp_path / "kemendagri" / "report.csv"
    file.parent.mkdir()
    file.write_text("anything")
    return file


def taken(engine: Engine) -> int:
    with Session(engine) as session, session.begin():
        return lease.acquire(session, NAME, "test", seconds=1)


def test_renewal_is_seen_by_others_during_the_import(
    application: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    def work(*_: Any, **__: Any) -> None:
        with application.connect() as other:
            left = other.scalar(text("SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM lease"))
        seen.append(float(left))
        raise Conflict("enough")

    fence = taken(application)
    monkeypatch.setattr(import_inbox, "import_file", work)
    monkeypatch.setattr(import_inbox, "get_run_logger", logging.getLogger)
    import_inbox.import_one.fn(str(waiting_file(tmp_path)), "2022-B08", NAME, fence)
    assert seen[0] > 60


@pytest.mark.parametrize(("fault", "rejected"), [(DataError, True), (ProgrammingError, False)])
def test_only_what_a_file_can_cause_puts_it_aside(
    application: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[DataError], *, rejected: bool
) -> None:
    def work(*_: Any, **__: Any) -> None:
        raise fault("statement", {}, Exception("fault"))

    fence, file = taken(application), waiting_file(tmp_path)
    monkeypatch.setattr(import_inbox, "import_file", work)
    monkeypatch.setattr(import_inbox, "get_run_logger", logging.getLogger)
    if rejected:
        assert import_inbox.import_one.fn(str(file), "2022-B08", NAME, fence) == 0
    else:
        with pytest.raises(fault):
            import_inbox.import_one.fn(str(file), "2022-B08", NAME, fence)
    assert file.exists() is not rejected
