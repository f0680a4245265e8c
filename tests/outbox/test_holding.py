"""A delivery whose kind keeps hours waits for them, however often it has to be tried."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.outbox.deliveries import Due, Hold
from ranham.outbox.providers.folder import Folder
from ranham.outbox.routes import Routes
from tests.outbox.conftest import MailServer
from tests.outbox.deliveries import NOW, attempts, by_email, make, new, send, states

MORNING = NOW + timedelta(hours=12)


@pytest.fixture
def folder(tmp_path: Path) -> Routes:
    return Routes({}, otherwise=[Folder(tmp_path / "outbox")])


def closed_until(morning: datetime) -> Hold:
    def hold(_session: Session, due: Sequence[Due], _now: datetime) -> Mapping[int, datetime]:
        return {each.id: morning for each in due if each.address.startswith("keeps")}

    return hold


def test_what_keeps_hours_waits_for_them_and_the_rest_goes(application: Engine, folder: Routes) -> None:
    make(application, new("keeps"), new("any"))
    holds = {"reminder": closed_until(MORNING)}
    tally = send(folder, holds=holds)
    assert (tally.accepted, tally.held, tally.released) == (1, 1, 0)
    assert states(application) == {"keeps": "created", "any": "delivered_to_provider"}
    with application.connect() as connection:
        waits = "SELECT next_attempt_at, claim_id FROM delivery WHERE key = 'keeps'"
        assert connection.execute(text(waits)).one() == (MORNING, None)
        assert connection.scalar(text("SELECT count(*) FROM delivery_content")) == 1
    assert send(folder, holds=holds).held == 0  # nobody asks again before its time
    assert send(folder, now=MORNING, holds=holds).accepted == 1


def test_a_second_try_keeps_hours_too(
    application: Engine, folder: Routes, mail_server: Callable[..., MailServer]
) -> None:
    make(application, new("keeps", "later.keeps@example.go.id"))
    assert send(by_email(mail_server().provider())).deferred == 1
    holds = {"reminder": lambda _s, due, _n: {each.id: MORNING for each in due}}
    assert send(folder, now=NOW + timedelta(hours=1), holds=holds).held == 1
    assert [number for number, *_ in attempts(application, "keeps")] == [1]
    assert send(folder, now=MORNING, holds=holds).accepted == 1
    assert [number for number, *_ in attempts(application, "keeps")] == [1, 2]


def test_what_would_wait_past_its_end_expires(application: Engine, folder: Routes) -> None:
    make(application, new("keeps", expires_at=NOW + timedelta(hours=2)))
    assert send(folder, holds={"reminder": closed_until(MORNING)}).held == 1
    assert send(folder, now=MORNING, holds={"reminder": closed_until(MORNING)}).expired == 1
    assert states(application) == {"keeps": "cancelled"}


def test_hours_that_cannot_be_told_hold_up_nothing(application: Engine, folder: Routes) -> None:
    def broken(session: Session, _due: Sequence[Due], _now: datetime) -> Mapping[int, datetime]:
        session.execute(text("SELECT 1 / 0"))
        return {}

    make(application, new("keeps"))
    assert send(folder, holds={"reminder": broken}).accepted == 1
