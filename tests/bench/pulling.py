"""Pulling a published release over HTTP against a bare Starlette app with the same bytes: requests a second, in turn."""

import dataclasses
import selectors
import socket
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from ranham.kernel.protection import APPLICATION_ROLE
from ranham.plan.queries import find_period
from ranham.release import making, service
from ranham.release.models import Release, ReleaseFigure, ReleaseKind, ReleaseUnit
from ranham.release.signing import new_key
from ranham.release.states import ReleaseState
from ranham.territory import service as territory
from tests.bench import synthetic, writing
from tests.bench.running import QUIET, operator_token, running

NOW = datetime(2090, 10, 10, tzinfo=UTC)
NUMBER = "BENCH:2090-B08/1"
AT_ONCE = 64
"""Connections that ask at the same time, each again as soon as it has its answer."""
ROUNDS = 9
ONE = "/api/v1/releases/BENCH:2090-B08/1"
FIGURES, FILE = f"{ONE}/figures", f"{ONE}/files/json"


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it goes over the wire, and how long its answer is, which is always as long."""

    port: int
    sent: bytes
    length: int


def bench(engine: Engine, folder: Path) -> list[dict[str, object]]:
    token = _world(engine, folder)
    surroundings = {
        "RANHAM_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "RANHAM_APP_DATABASE_URL": engine.url.set(username=APPLICATION_ROLE).render_as_string(hide_password=False),
        "RANHAM_DATA_DIR": str(folder / "data"),
        "BARE_FOLDER": str(folder / "bytes"),
    }
    made = []
    (folder / "bytes").mkdir()
    with running("ranham.api", surroundings=surroundings) as port:
        tags, size = {}, 0
        for name, path in (("figures", FIGURES), ("file", FILE)):
            answered = _get(port, path, token)
            tags[name] = answered.headers["etag"]
            (folder / "bytes" / name).write_bytes(answered.content)
            size = len(answered.content)
        with running("uvicorn", "tests.bench.bare_pulling:app", *QUIET, surroundings=surroundings) as bare:
            for what, path, name, tag, many, floor in (
                ("figures, first page as JSON", FIGURES, "figures", None, 800, ">= 0.6"),
                (f"whole file as JSON, {size / 1e6:.1f} MB", FILE, "file", None, 64, ">= 0.6"),
                ("figures that the client has: 304", FIGURES, "figures", "figures", 1200, ">= 0.8"),
                ("file that the client has: 304", FILE, "file", "file", 1200, ">= 0.8"),
            ):
                ours = _question(port, path, token, tags[tag] if tag else None)
                theirs = _question(bare, f"/{name}", token, '"bare"' if tag else None)
                for at_once in (AT_ONCE, 1):
                    ours_rate, bare_rate = _in_turn(ours, theirs, many if at_once > 1 else many // 4, at_once)
                    said = f"{what}, {at_once} at once" if at_once > 1 else f"{what}, one after the other"
                    made.append(_row(said, ours_rate, bare_rate, floor if at_once > 1 else ""))
    return made


def _in_turn(ours: Question, theirs: Question, many: int, at_once: int) -> tuple[float, float]:
    ours_rates, bare_rates = [], []
    for number in range(ROUNDS + 1):
        bare_rates.append(_rate(theirs, many, at_once))
        ours_rates.append(_rate(ours, many, at_once))
        if number == 0:  # everything is warm now
            ours_rates, bare_rates = [], []
    return statistics.median(ours_rates), statistics.median(bare_rates)


def _rate(question: Question, many: int, at_once: int) -> float:
    """Requests a second. One thread that only sends and counts bytes: the client is to cost as little as it can."""
    buffer, waiting, sent, done = bytearray(1 << 20), {}, 0, 0
    with selectors.DefaultSelector() as ready:
        connections = [socket.create_connection(("127.0.0.1", question.port)) for _ in range(at_once)]
        for each in connections:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(each, selectors.EVENT_READ)
        began = time.perf_counter()
        for each in connections[:many]:
            each.sendall(question.sent)
            waiting[each], sent = question.length, sent + 1
        while done < many:
            for key, _ in ready.select():
                each = key.fileobj
                assert isinstance(each, socket.socket)
                got = each.recv_into(buffer)
                assert got > 0, "the server hung up"
                waiting[each] -= got
                if waiting[each] == 0:
                    done += 1
                    if sent < many:
                        each.sendall(question.sent)
                        waiting[each], sent = question.length, sent + 1
        took = time.perf_counter() - began
        for each in connections:
            each.close()
    return many / took


def _question(port: int, path: str, token: str, tag: str | None) -> Question:
    wanted = f"If-None-Match: {tag}\r\n" if tag else ""
    sent = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: identity\r\n"
        f"{wanted}\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        head, _, _ = _until(connection, b"").partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        assert lines[0].split()[1] == ("304" if tag else "200"), lines[0]
        length = sum(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        return Question(port, sent, len(head) + 4 + (0 if tag else length))


def _until(connection: socket.socket, got: bytes) -> bytes:
    while b"\r\n\r\n" not in got:
        got += connection.recv(1 << 16)
    return got


def _get(port: int, path: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    answered = httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, trust_env=False, timeout=300)
    assert answered.status_code == 200, answered.text
    return answered


def _row(what: str, rate: float, bare: float, floor: str) -> dict[str, object]:
    """Here more is better: requests a second of ours for each one of the bare app."""
    return {
        "what": f"pulling {what}",
        "seconds": round(1 / rate, 5),
        "against": "bare Starlette app, the same bytes",
        "against_seconds": round(1 / bare, 5),
        "ratio": round(rate / bare, 3),
        "floor": floor,
    }


def _world(engine: Engine, folder: Path) -> str:
    """A published release of real size, and the token of somebody who may read what everybody may."""
    folder.mkdir(parents=True)
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
    synthetic.build(engine, units=2, actions=4, submissions=False)
    with Session(engine) as session, session.begin():
        _release(session)
        service.propose(session, NUMBER, by="siti", now=NOW)
        service.sign_off(session, NUMBER, by="budi", now=NOW)
        service.publish(session, NUMBER, key=new_key(folder / "signing.pem"), by="budi", now=NOW)
        unit = session.scalar(text("SELECT min(unit_id) FROM obligation"))
        token = operator_token(session, unit)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return token


def _release(session: Session) -> None:
    content, period = writing.release(), find_period(session, "2090-B08")
    release = Release(
        number=NUMBER, regulation="BENCH", label="2090-B08", kind=ReleaseKind.PERIOD, period_id=period.id,
        plan_year_id=period.plan_year_id, version=1, state=ReleaseState.PROVISIONAL, sandbox=False, rules={},
        rules_digest="", territory_as_of=date(2022, 1, 1), watermark=0, event_watermark=0, excuses=0, known_at=NOW,
        simulated=True, made_at=NOW, made_by="bench", content_hash="0" * 64,
    )  # fmt: skip
    session.add(release)
    session.flush()
    for number, unit in enumerate(content.units, 1):
        session.add(
            ReleaseUnit(
                release_id=release.id,
                unit_id=number,
                code=unit.code,
                name=unit.name,
                type=unit.type,
                level=unit.level,
                parent_code=unit.parent_code,
                office_key=unit.office_key,
            )
        )
    session.flush()
    session.execute(
        insert(ReleaseFigure),
        [
            {"release_id": release.id, "position": position, "unit_id": None, **dataclasses.asdict(figure)}
            for position, figure in enumerate(content.figures, 1)
        ],
    )
    making.seal(session, release)
