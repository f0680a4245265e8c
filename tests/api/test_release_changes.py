"""What became of releases since a cursor: nothing is lost, nothing comes twice, and all of it comes in order."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.cycle import service as cycle
from ranham.release import service
from ranham.release.signing import Key
from ranham.release.subject import find_subject
from tests.api.conftest import Surroundings
from tests.api.serving import Api, serving
from tests.release.world import NOW, key, period

LABELS = ("2022-B08", "2022-B12", "2019-B09")
VERSIONS = 4
FEW = "DELETE FROM obligation WHERE id % 400 <> 1"
STANDING = """
SELECT r.number, r.state, b.number AS superseded_by, r.content_hash FROM release r LEFT JOIN release b ON b.id = r.superseded_by
"""
HAPPENED = """
SELECT e.subject_id, substr(e.kind, 9), e.payload::jsonb -> 'detail' ->> 'state' FROM audit_event e
WHERE e.subject = 'release' AND e.kind NOT LIKE '%_written' ORDER BY e.id
"""
Picture = dict[str, tuple[str, str | None, str]]


@pytest.fixture
def small(new_database: Callable[..., str], address: Callable[[str], str], national_template: str) -> Iterator[Engine]:
    """Three closed periods in which hardly anybody owes a report, so that releases are made quickly."""
    engine = create_engine(address(new_database(national_template)), pool_size=20)
    with at_once(engine) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(FEW))
    for label in LABELS:
        with at_once(engine) as session:
            found = period(session, label)
            opened, ended = found.opens_at(), found.ends_at()
            assert opened is not None
            assert ended is not None
            cycle.open_period(session, found, now=opened)
            cycle.close_period(session, found, now=max(NOW, ended))
    yield engine
    engine.dispose()


@pytest.fixture
def api(small: Engine, api_surroundings: Surroundings) -> Iterator[Api]:
    with serving(small, api_surroundings(small)) as running:
        yield running


@dataclass
class Follower:
    """A client that keeps the cursor and its own picture, and knows nothing else."""

    client: httpx.Client
    since: str = ""
    picture: Picture = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        page = self.client.get("/api/v1/releases", params={"limit": 2}).json()
        self.since = page["since"]
        while True:
            assert page["since"] == self.since
            for item in page["items"]:
                assert item["change"] is None
                self._take(item)
            if page["next"] is None:
                return
            page = self.client.get(page["next"]).json()

    def ask(self) -> int:
        page = self.client.get("/api/v1/releases", params={"since": self.since, "limit": 3}).json()
        heard = 0
        while True:
            for item in page["items"]:
                change = item["change"]
                if change["former_number"] is not None:
                    self.picture.pop(change["former_number"], None)
                self._take(item)
                self.heard.append((change["what"], change["state"]))
                heard += 1
            self.since = page["since"]
            if page["next"] is None:
                return heard
            page = self.client.get(page["next"]).json()

    def _take(self, item: dict[str, Any]) -> None:
        self.picture[item["number"]] = (item["state"], item["superseded_by"], item["content_hash"])


def standing(engine: Engine, *, public: bool) -> Picture:
    with engine.connect() as connection:
        rows = connection.execute(text(STANDING)).all()
    return {row[0]: (row[1], row[2], row[3]) for row in rows if not public or row[1] in ("published", "superseded")}


def happened(engine: Engine, *, public: bool) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text(HAPPENED)).all()
    return [(row[1], row[2]) for row in rows if not public or row[2] in ("published", "superseded")]


@contextmanager
def at_once(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def work(engine: Engine, label: str, signing: Key) -> None:
    """Versions that are published one after the other; between them one that is dropped, and a sandbox promoted."""
    for number in range(VERSIONS):
        with at_once(engine) as session:
            reason = f"revisi {number}" if number else None
            made = service.make(session, find_subject(session, label), by="siti", now=NOW, reason=reason)
            service.propose(session, made.number, by="siti", now=NOW)
        if number == 1:
            with at_once(engine) as session:
                service.drop(session, made.number, by="siti", now=NOW)
            with at_once(engine) as session:
                tried = service.make(session, find_subject(session, label), by="siti", now=NOW, sandbox=True)
            with at_once(engine) as session:
                made = service.promote(session, tried.number, by="siti", now=NOW, reason="bobot baru")
                service.propose(session, made.number, by="siti", now=NOW)
        with suppress(Given), at_once(engine) as session:
            service.sign_off(session, made.number, by="budi", now=NOW)
            raise Given  # what is rolled back never happened
        with at_once(engine) as session:
            service.sign_off(session, made.number, by="budi", now=NOW)
        with at_once(engine) as session:
            service.publish(session, made.number, key=signing, by="budi", now=NOW)


class Given(Exception):  # noqa: N818
    """Up, before the commit."""


def test_who_follows_while_several_publish_ends_with_what_the_database_says(api: Api, tmp_path: Path) -> None:
    signing = key(tmp_path)
    auditor = Follower(api.acting((Role.AUDITOR, Place())))
    operator = Follower(api.operator("36.04"))
    everybody = (auditor, operator)
    for each in everybody:
        each.begin()
    asked = 0
    with ThreadPoolExecutor() as pool:
        writing = [pool.submit(work, api.engine, label, signing) for label in LABELS]
        while not all(each.done() for each in writing):
            asked += sum(each.ask() > 0 for each in everybody)
    for written in writing:
        written.result()
    for each in everybody:
        each.ask()
    assert asked > len(LABELS)  # it did come piece by piece
    for follower, public in ((auditor, False), (operator, True)):
        assert follower.picture == standing(api.engine, public=public)
        assert follower.heard == happened(api.engine, public=public)
        assert follower.ask() == 0
    late = Follower(api.acting((Role.AUDITOR, Place())))
    late.begin()
    assert late.picture == auditor.picture
    assert late.since == auditor.since


def test_what_began_first_and_is_committed_last_is_not_lost(api: Api, tmp_path: Path) -> None:
    signing = key(tmp_path)
    for label in LABELS[:2]:
        with at_once(api.engine) as session:
            made = service.make(session, find_subject(session, label), by="siti", now=NOW)
            service.propose(session, made.number, by="siti", now=NOW)
            service.sign_off(session, made.number, by="budi", now=NOW)
    follower = Follower(api.operator("36.04"))
    follower.begin()
    slow, quick = (f"RANHAM-V:{label}/1" for label in LABELS[:2])
    with at_once(api.engine) as session:
        session.execute(text("SELECT FROM release WHERE number = :n FOR UPDATE"), {"n": slow})
        with at_once(api.engine) as other:
            service.publish(other, quick, key=signing, by="budi", now=NOW)
        follower.ask()
        assert set(follower.picture) == {quick}
        service.publish(session, slow, key=signing, by="budi", now=NOW)
        assert follower.ask() == 0  # not committed, so it has not happened
    assert follower.ask() == 1
    assert follower.picture == standing(api.engine, public=True)


def test_questions_that_make_no_sense_are_refused(api: Api) -> None:
    auditor = api.acting((Role.AUDITOR, Place()))
    since = auditor.get("/api/v1/releases").json()["since"]
    filtered = auditor.get("/api/v1/releases", params={"since": since, "state": "published"})
    assert filtered.json()["items"] == []
    assert auditor.get("/api/v1/releases", params={"since": since, "cursor": since}).status_code == 422
    assert auditor.get("/api/v1/releases", params={"cursor": since}).status_code == 422
    for said in ("eHg", "abc"):  # the second is no text in base64
        refused = auditor.get("/api/v1/releases", params={"since": said})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/since")
        assert "`since` of an answer" in refused.json()["errors"][0]["expected"]
    for place in ("1", "999999"):
        other = urlsafe_b64encode(f"{place}.abcdefabcdef".encode()).decode().rstrip("=")
        refused = auditor.get("/api/v1/releases", params={"since": other})
        assert (refused.status_code, refused.json()["type"]) == (410, "urn:ranham:problem:history-changed")
