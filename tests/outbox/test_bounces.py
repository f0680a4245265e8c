"""Bounces and complaints as servers send them."""

import mailbox
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Busy, NotFound
from ranham.outbox.bounces import Bounces, read, take_folder
from ranham.outbox.deliveries import mend, record_status
from ranham.outbox.deliveries.reporting import Taken
from ranham.outbox.providers.folder import Folder
from ranham.outbox.routes import Routes
from ranham.outbox.states import Report
from tests.outbox.deliveries import NOW, make, new, send, states

DSN = """From: MAILER-DAEMON@mx.example.go.id
To: ranham@example.go.id
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.go.id
{envelope}
Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: user unknown

--b
{returned}
--b--
"""
HEADERS = "Content-Type: text/rfc822-headers\n\nMessage-ID: <{id}@example.go.id>\nSubject: Pengingat\n"
WHOLE = "Content-Type: message/rfc822\n\nMessage-ID: <{id}@example.go.id>\nSubject: Pengingat\n\nYth."
COMPLAINT = """From: abuse@mx.example.go.id
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is a complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Example/1.0
Version: 1
Original-Rcpt-To: <{address}>

--b
Content-Type: message/rfc822

Message-ID: <{id}@example.go.id>

Yth.
--b--
"""


def dsn(action: str, address: str, *, id_: str = "", envelope: str = "", whole: bool = False) -> str:
    returned = (WHOLE if whole else HEADERS).format(id=id_) if id_ else "Content-Type: text/plain\n\nnothing"
    named = f"Original-Envelope-Id: {envelope}\n" if envelope else ""
    status = {"failed": "5.1.1", "delayed": "4.4.1"}.get(action, "2.0.0")
    return DSN.format(action=action, address=address, returned=returned, envelope=named, status=status)


@pytest.fixture
def sent(application: Engine, tmp_path: Path) -> dict[str, str]:
    """Messages that a provider took: their Message-IDs by key."""
    make(application, *(new(key) for key in "abcdefg"))
    send(Routes({"email": [Folder(tmp_path / "outbox")]}))
    with application.connect() as connection:
        return dict(connection.execute(text("SELECT key, message_id::text FROM delivery")).tuples().all())


def test_bounces_and_complaints_reach_their_deliveries_once(
    application: Engine, sent: dict[str, str], tmp_path: Path
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    mails = {
        "1": dsn("failed", "a@example.go.id", id_=sent["a"]),
        "2": dsn("delayed", "b@example.go.id", id_=sent["b"], whole=True),
        "3": dsn("delivered", "c@example.go.id", envelope=sent["c"]),
        "4": COMPLAINT.format(kind="abuse", address="d@example.go.id", id=sent["d"]),
        "5": COMPLAINT.format(kind="not-spam", address="e@example.go.id", id=sent["e"]),
        "6": dsn("failed", "F@example.go.id"),
        "7": dsn("relayed", "g@example.go.id", id_=sent["g"]),
        "8": dsn("failed", "e@example.go.id", id_="not-one-of-ours"),
        "9": "Subject: Re: Pengingat\n\nSaya sedang cuti.",
        "10": dsn("failed", "stranger@example.go.id"),
    }
    for name, mail in mails.items():
        (box / f"{name}.eml").write_text(mail)
    expected = {
        "a": "permanent_failure",
        "b": "pending",
        "c": "delivered",
        "d": "delivered",
        "e": "delivered_to_provider",
        "f": "permanent_failure",
        "g": "delivered_to_provider",
    }
    for changed in (5, 0):
        with Session(application) as session, session.begin():
            taken = take_folder(session, box, now=NOW)
        assert taken == Bounces(messages=10, reports=7, changed=changed, strange=2, later=0)
        assert states(application) == expected
    with application.connect() as connection:
        failures = connection.execute(text("SELECT address, kind FROM address_failure ORDER BY 1")).all()
    assert [tuple(row) for row in failures] == [
        ("a@example.go.id", "bounce"),
        ("d@example.go.id", "complaint"),
        ("f@example.go.id", "bounce"),
    ]


def test_old_news_does_not_undo_a_mended_address_and_new_news_does(
    application: Engine, sent: dict[str, str], tmp_path: Path
) -> None:
    def told(id_: str) -> None:
        with Session(application) as session, session.begin():
            record_status(session, Report.FAILED, message_id=id_, reply="550", now=NOW)

    def is_open() -> bool:
        with application.connect() as connection:
            return bool(connection.scalar(text("SELECT mended_at IS NULL FROM address_failure")))

    told(sent["a"])
    assert is_open()
    with Session(application) as session, session.begin():
        mend(session, "a@example.go.id", now=NOW.replace(hour=3))
    told(sent["a"])
    assert not is_open()
    make(application, new("again", "a@example.go.id"))
    send(Routes({"email": [Folder(tmp_path / "outbox")]}), NOW.replace(hour=4))
    with application.connect() as connection:
        told(str(connection.scalar(text("SELECT message_id::text FROM delivery WHERE key = 'again'"))))
    assert is_open()


@pytest.mark.parametrize("form", ["maildir", "mbox"])
def test_a_maildir_and_an_mbox_file_are_read_and_left_as_they_are(
    application: Engine, sent: dict[str, str], tmp_path: Path, form: str
) -> None:
    path = tmp_path / form
    box: mailbox.Mailbox[mailbox.Message] = mailbox.Maildir(path) if form == "maildir" else mailbox.mbox(path)  # type: ignore[assignment]
    box.add(dsn("failed", "a@example.go.id", id_=sent["a"]).encode())
    box.close()
    before = {file: file.stat().st_size for file in tmp_path.rglob("*")}
    with Session(application) as session, session.begin():
        assert take_folder(session, path, now=NOW).changed == 1
    assert {file: file.stat().st_size for file in tmp_path.rglob("*")} == before
    with Session(application) as session, pytest.raises(BadInput, match="nothing, expected a folder"):
        take_folder(session, tmp_path / "missing", now=NOW)


def test_a_provider_s_call_back_names_the_message_by_its_own_reference(
    application: Engine, sent: dict[str, str]
) -> None:
    with Session(application) as session, session.begin():
        named = {"provider": "folder", "provider_ref": f"{sent['a']}.eml"}
        assert record_status(session, Report.DELIVERED, **named, now=NOW) is Taken.CHANGED
        assert record_status(session, Report.DELIVERED, **named, now=NOW) is Taken.KNOWN
        assert record_status(session, Report.DELAYED, **named, now=NOW) is Taken.KNOWN
        for strange in ({"message_id": "x"}, {"provider": "folder", "provider_ref": "x"}, {"provider": "folder"}):
            with pytest.raises(NotFound):
                record_status(session, Report.DELIVERED, **strange, now=NOW)
    make(application, new("under way"))
    with Session(application) as session:
        session.execute(text("INSERT INTO delivery_claim (worker, claimed_at, until) VALUES ('x', now(), now())"))
        session.execute(
            text(
                "UPDATE delivery SET state = 'sending', claim_id = (SELECT id FROM delivery_claim) WHERE state = 'created'"
            )
        )
        id_ = session.scalar(text("SELECT message_id::text FROM delivery WHERE state = 'sending'"))
        with pytest.raises(Busy):
            record_status(session, Report.DELIVERED, message_id=id_, now=NOW)


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n",
        b"Content-Type: multipart/report; report-type=feedback-report\n\nnothing",
        b"Content-Type: multipart/report\n\n\xff\xfe",
        dsn("failed", "\x00\x07", id_="x").encode()[:400],
    ],
)
def test_what_is_broken_tells_nothing(mail: bytes) -> None:
    assert read(mail) == []
