"""What the worker does around the sending, with messages that become files."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.outbox.deliveries import (
    Attachment,
    Content,
    Due,
    Tally,
    Withdrawn,
    cancel,
    claiming,
    mend,
    purge,
    retry,
    send_due,
)
from ranham.outbox.providers.folder import Folder
from ranham.outbox.routes import Routes
from tests.outbox.deliveries import COMPOSERS, NOW, attempts, make, new, send, states


@pytest.fixture
def folder(tmp_path: Path) -> Routes:
    return Routes({}, otherwise=[Folder(tmp_path / "outbox")])


def test_without_configuration_each_message_becomes_a_file_that_mail_programs_read(
    application: Engine, tmp_path: Path
) -> None:
    make(application, new("a"), new("b", "+62 811", channel="whatsapp", language="en"))

    def compose(_s: Session, due: Sequence[Due], _n: datetime) -> dict[int, Content]:
        pdf = Attachment("surat.pdf", "application/pdf", b"%PDF")
        return {d.id: Content("Pengingat\r\nBcc: x", "Yth.\n", "<p>Yth.</p>", (pdf,), "mailto:stop@x.id") for d in due}

    assert send_due({"reminder": compose}, now=lambda: NOW) == Tally(accepted=2)
    files = sorted((tmp_path / "outbox").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    read = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    mail = next(each for each in read if each["To"])
    assert str(mail["To"]) == "Operator <a@example.go.id>"
    assert mail["Subject"] == "Pengingat Bcc: x"
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<mailto:stop@x.id>"
    assert mail["X-Ranham-Key"] == "a"
    assert mail["Content-Language"] == "id"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert next(each for each in read if not each["To"])["X-Ranham-Address"] == "+62 811"


def test_an_attempt_that_is_repeated_writes_the_same_bytes_over_the_same_file(
    application: Engine, folder: Routes, tmp_path: Path
) -> None:
    make(application, new("a"))
    send(folder)
    (file,) = (tmp_path / "outbox").iterdir()
    before = file.read_bytes()
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery SET state = 'created'"))
    assert send(folder, NOW + timedelta(days=1)).accepted == 1
    assert [each.read_bytes() for each in (tmp_path / "outbox").iterdir()] == [before]


def test_what_expired_failed_before_or_has_nobody_to_make_or_take_it_is_not_sent_and_says_why(
    application: Engine, folder: Routes, tmp_path: Path
) -> None:
    make(
        application,
        new("good"),
        new("soon", not_before=NOW + timedelta(hours=1)),
        new("expired", expires_at=NOW),
        new("failed", "Broken@example.go.id"),
        new("strange", kind="riddle"),
        new("unrouted", channel="pigeon"),
    )
    with application.begin() as connection:
        connection.execute(
            text("INSERT INTO address_failure VALUES ('email', 'broken@example.go.id', 'bounce', now(), 'x', NULL)")
        )
    assert send(Routes({"email": folder.otherwise})) == Tally(accepted=1, expired=1, blocked=1, failed=2)
    assert states(application) == {
        "good": "delivered_to_provider",
        "soon": "created",
        "expired": "cancelled",
        "failed": "permanent_failure",
        "strange": "technical_failure",
        "unrouted": "technical_failure",
    }
    with application.connect() as connection:
        because = dict(connection.execute(text("SELECT key, because FROM delivery")).tuples().all())
    assert because["expired"] == "expired at 2022-09-20 02:00 UTC"
    assert "ranham outbox mend" in because["failed"]
    assert because["strange"] == "nobody composes messages of the kind riddle in this version"
    assert "channel pigeon" in because["unrouted"]
    with Session(application) as session, session.begin():
        assert mend(session, "BROKEN@example.go.id", now=NOW) == 1
        (id_,) = session.scalars(text("SELECT id FROM delivery WHERE key = 'failed'"))
        retry(session, [id_], now=NOW)
    assert send(folder) == Tally(accepted=1)


def test_what_a_composer_withdraws_is_cancelled_and_what_it_cannot_make_does_not_hold_up_the_others(
    application: Engine, folder: Routes
) -> None:
    make(application, *(new(key) for key in ("good", "submitted", "broken", "forgotten")))

    def compose(_s: Session, due: Sequence[Due], _n: datetime) -> dict[int, Content | Withdrawn]:
        made: dict[int, Content | Withdrawn] = {}
        for each in due:
            key = each.address.partition("@")[0]
            if key == "broken":
                raise KeyError(key)
            if key != "forgotten":
                made[each.id] = Withdrawn("it was submitted") if key == "submitted" else Content("x", "y", None)
        return made

    tally = send_due({"reminder": compose}, now=lambda: NOW, routes=folder)
    assert tally == Tally(accepted=1, deferred=2, withdrawn=1)
    assert states(application) == {
        "good": "delivered_to_provider",
        "submitted": "cancelled",
        "broken": "temporary_failure",
        "forgotten": "temporary_failure",
    }
    assert attempts(application, "broken") == [(1, "unmade", "its content could not be made")]
    assert send(folder, NOW + timedelta(minutes=4)) == Tally()
    assert send(folder, NOW + timedelta(minutes=5)) == Tally(accepted=2)


def test_after_the_last_try_it_is_given_up(
    application: Engine, folder: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_OUTBOX_TRIES", "3")
    settings.cache_clear()
    make(application, new("a"))
    nothing = {"reminder": lambda *_: {}}
    tallies = [send_due(nothing, now=lambda n=n: NOW + timedelta(days=n), routes=folder) for n in range(4)]  # type: ignore[misc]
    assert tallies == [Tally(deferred=1), Tally(deferred=1), Tally(failed=1), Tally()]
    assert states(application) == {"a": "technical_failure"}


def test_several_workers_send_each_message_once(
    application: Engine, folder: Routes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_OUTBOX_BATCH", "5")
    settings.cache_clear()
    make(application, *(new(f"m{n}") for n in range(100)))
    tallies: list[Tally] = []
    workers = [threading.Thread(target=lambda: tallies.append(send(folder))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(tallies, Tally()) == Tally(accepted=100)
    with application.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery_attempt")) == 100


@pytest.mark.parametrize("policy_", ["hold", "send_again"])
def test_the_policy_says_what_becomes_of_the_unknown(
    application: Engine, folder: Routes, monkeypatch: pytest.MonkeyPatch, policy_: str
) -> None:
    monkeypatch.setenv("RANHAM_OUTBOX_UNKNOWN", policy_)
    settings.cache_clear()
    make(application, new("done"), new("doubtful"), new("after"))
    with Session(application) as session, session.begin():
        batch = claiming.claim(session, "email", claiming.Terms("dead", 10, 0), now=NOW)
        assert batch
        session.execute(text("UPDATE delivery_claim SET reached = :id"), {"id": batch.rows[1].due.id})
    assert send(folder) == Tally(accepted=2, unknown=1, released=2)
    assert states(application)["doubtful"] == "unknown"
    assert send(folder, NOW + timedelta(minutes=1)) == Tally()  # a slow worker may still tell
    later = send(folder, NOW + timedelta(minutes=10))
    assert later == (Tally(accepted=1) if policy_ == "send_again" else Tally())


def test_the_unknown_is_sent_again_or_dropped_when_a_person_says_so(application: Engine, folder: Routes) -> None:
    ids = make(application, new("a"), new("b"))
    with application.begin() as connection:
        connection.execute(text("UPDATE delivery SET state = 'unknown', attempts = 1"))
    with Session(application) as session, session.begin():
        with pytest.raises(Exception, match="--yes if it may arrive twice"):
            retry(session, ids, now=NOW)
        assert retry(session, ids[:1], now=NOW, may_arrive_twice=True) == 1
        assert cancel(session, ids[1:], because="it is over", now=NOW) == 1
        with pytest.raises(Exception, match="found cancelled, expected one of"):
            retry(session, ids[1:], now=NOW)
    assert send(folder) == Tally(accepted=1)


def test_retention_empties_contents_and_replies_of_what_ended_and_keeps_the_rows(
    application: Engine, folder: Routes
) -> None:
    old, _ = make(application, new("old"), new("waits", not_before=NOW + timedelta(days=400)))
    send(folder)
    with Session(application) as session, session.begin():
        assert purge(session, NOW, now=NOW) == 0
        assert purge(session, NOW + timedelta(days=1), now=NOW) == 1
        assert session.execute(text("SELECT subject, text, purged_at IS NULL FROM delivery_content")).one() == (
            "",
            "",
            False,
        )
        assert session.scalar(text("SELECT count(*) FROM delivery_attempt")) == 1
        session.execute(text("UPDATE delivery SET state = 'technical_failure' WHERE id = :id"), {"id": old})
        with pytest.raises(Exception, match="emptied"):
            retry(session, [old], now=NOW)


def test_what_was_claimed_is_sent_although_the_database_goes_away_meanwhile(
    application: Engine, folder: Routes
) -> None:
    make(application, new("a"))
    failures = iter([OperationalError("x", {}, Exception("gone"))])

    def compose(session: Session, due: Sequence[Due], now: datetime) -> dict[int, Content | Withdrawn]:
        for failure in failures:
            raise failure
        return {**COMPOSERS["reminder"](session, due, now)}

    assert send_due({"reminder": compose}, now=lambda: NOW, routes=folder) == Tally(accepted=1)


def test_a_content_that_the_database_cannot_hold_does_not_stop_the_others(application: Engine, folder: Routes) -> None:
    make(application, new("good"), new("zero"), new("half"))

    def compose(_s: Session, due: Sequence[Due], _n: datetime) -> dict[int, Content]:
        texts = {"good": "Yth.", "zero": "a\0b", "half": "\ud83d"}
        return {each.id: Content("x", texts[each.address.partition("@")[0]], None) for each in due}

    assert send_due({"reminder": compose}, now=lambda: NOW, routes=folder) == Tally(accepted=1, deferred=2)


def test_a_sender_that_is_no_address_is_no_fault_of_the_recipients(application: Engine, tmp_path: Path) -> None:
    make(application, new("a"), new("b"))
    assert send(Routes({}, otherwise=[Folder(tmp_path, "ranham")])) == Tally(failed=1, released=1)
    with application.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM address_failure")) == 0
