"""Messages sent from the outbox against a bare smtplib client: the same messages, server and number of connections."""

import os
import smtplib
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel import clock, database
from ranham.kernel.settings import SmtpSettings, settings
from ranham.outbox.deliveries import Content, Due, NewDelivery, create, send_due
from ranham.outbox.providers.smtp import Smtp
from ranham.outbox.routes import Routes
from tests.bench.timing import pair, row

MESSAGES = 2000
CONNECTIONS = 4
RUNS = 3
ROOT = Path(__file__).resolve().parents[2]
SENDER = "ranham@example.go.id"
SUBJECT = "Pengingat: laporan B08 belum masuk"
BODY = "Yth. Operator,\n\n" + "Laporan aksi berikut belum kami terima; mohon dikirim.\n" * 20
HTML = "<p>Yth. Operator,</p>" + "<p>Laporan aksi berikut belum kami terima; mohon dikirim.</p>" * 20


def bench(engine: Engine) -> list[dict[str, object]]:
    """Ours also claims, composes, stores and records each message; the other keeps nothing."""
    os.environ["RANHAM_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
    os.environ["RANHAM_OUTBOX_CONNECTIONS"] = str(CONNECTIONS)
    settings.cache_clear()
    database.engine.cache_clear()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.mail_server"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        port = int(server.stdout.readline())
        _fill(engine)
        _ours(port, 50)  # the first run pays for loading and connecting
        _fill(engine)
        ours, theirs = pair(lambda: _ours(port, MESSAGES), lambda: _bare(port), runs=RUNS)
    finally:
        server.terminate()
        server.wait(30)
        database.engine().dispose()
    what = f"{MESSAGES} messages over {CONNECTIONS} connections"
    return [row(what, ours, "bare smtplib, the same messages", theirs, "<= 1.5")]


def _ours(port: int, messages: int) -> None:
    provider = Smtp("smtp", SmtpSettings(host="127.0.0.1", port=port, security="none", sender=SENDER))
    tally = send_due({"reminder": _compose}, now=clock.now, routes=Routes({"email": [provider]}), limit=messages)
    assert tally.accepted == messages, tally


def _compose(_session: Session, due: Sequence[Due], _now: datetime) -> dict[int, Content]:
    return {each.id: Content(SUBJECT, BODY, HTML) for each in due}


def _bare(port: int) -> None:
    def send(numbers: range) -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for number in numbers:
                server.send_message(_message(number))

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, [range(start, MESSAGES, CONNECTIONS) for start in range(CONNECTIONS)]))


def _message(number: int) -> EmailMessage:
    made = EmailMessage(SMTP)
    made["From"] = SENDER
    made["To"] = f"Operator <operator{number}@example.go.id>"
    made["Subject"] = SUBJECT
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{number}@example.go.id>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(BODY)
    made.add_alternative(HTML, subtype="html")
    return made


def _fill(engine: Engine) -> None:
    now = clock.now()
    with Session(engine) as session, session.begin():
        first = session.scalar(text("SELECT coalesce(max(ref), 0) FROM delivery")) or 0
        rows = [
            NewDelivery(
                key=f"bench:{number}",
                kind="reminder",
                ref=number,
                channel="email",
                address=f"operator{number}@example.go.id",
                name="Operator",
                language="id",
                not_before=now,
                expires_at=None,
            )
            for number in range(first + 1, first + 1 + MESSAGES * RUNS)
        ]
        create(session, rows, now=now)
