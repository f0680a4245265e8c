"""Printed documents over HTTP: as they were written or not at all, and for those who may see their release."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.settings import settings
from ranham.release import distribution, service
from ranham.release.companions import companions, load_public
from ranham.release.content import load
from ranham.release.distribution import record, write_documents
from ranham.release.models import OutputKind, Release
from ranham.release.signing import Key
from ranham.release.subject import find_subject
from tests.api.conftest import Surroundings
from tests.api.serving import Api, serving
from tests.release.world import LATER, NOW, closed_period, key, period, published

DOCUMENTS = "/api/v1/releases/2022-B08/1/documents"
REPORT = f"{DOCUMENTS}/annual-report.pdf"


@dataclass
class Printed:
    api: Api
    folder: Path
    digests: dict[str, str]


@pytest.fixture(scope="module")
def printed(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    api_surroundings: Surroundings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Printed]:
    engine = create_engine(address(new_database(national_template)))
    surroundings = api_surroundings(engine)
    folder = Path(surroundings["RANHAM_DATA_DIR"]) / "release-files"
    with Session(engine) as session, session.begin():
        signing = key(tmp_path_factory.mktemp("key"))
        number = published(session, service.make(session, closed_period(session), by="siti", now=NOW), signing).number
        content = load(session, number)
        tag, digests = write_documents(folder, content, periods=(), service=())
        record(session, number, OutputKind.DOCUMENTS, digests, now=NOW, content_tag=tag)
        service.make(session, closed_period(session, "2022-B12"), by="siti", now=NOW)
    with serving(engine, surroundings) as running:
        yield Printed(running, folder / tag, digests)
    engine.dispose()


@pytest.fixture
def operator(printed: Printed) -> httpx.Client:
    return printed.api.operator("36.04")


def test_each_document_has_an_address_and_comes_as_it_was_written(printed: Printed, operator: httpx.Client) -> None:
    items = operator.get(DOCUMENTS).json()["items"]
    assert {f"documents/{item['name']}": item["sha256"] for item in items} == printed.digests
    assert items[0]["name"] == "annual-report.pdf"
    for item in (items[0], items[-1]):
        answered = operator.get(item["address"])
        assert answered.headers["content-type"] == "application/pdf"
        assert hashlib.sha256(answered.content).hexdigest() == item["sha256"]
        same = operator.get(item["address"], headers={"If-None-Match": answered.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")


def test_a_document_is_sent_whole_and_says_so(operator: httpx.Client) -> None:
    address = operator.get(DOCUMENTS).json()["items"][0]["address"]
    whole = operator.get(address, headers={"Range": "bytes=0-9"})
    assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "none")
    assert len(whole.content) > 10


@pytest.mark.parametrize("name", ["sheet-99.pdf", "..pdf", "signing.pdf"])
def test_only_what_was_written_has_an_address(operator: httpx.Client, name: str) -> None:
    refused = operator.get(f"{DOCUMENTS}/{name}")
    assert refused.status_code == 404
    assert "annual-report.pdf" in refused.json()["detail"]


@pytest.mark.parametrize("name", ["..%2Fjson%2Fx.pdf", "%2e%2e", "a" * 90 + ".pdf"])
def test_no_address_leads_out_of_the_folder(operator: httpx.Client, name: str) -> None:
    assert operator.get(f"{DOCUMENTS}/{name}").status_code in (404, 422)


def test_documents_are_seen_by_whoever_sees_their_release(printed: Printed, operator: httpx.Client) -> None:
    assert printed.api.client().get(REPORT).status_code == 401
    assert (
        operator.get(DOCUMENTS.replace("B08", "B12")).status_code == 404
    )  # provisional, and the person is no ministry
    ministry = printed.api.acting((Role.MINISTRY, Place()))
    assert ministry.get(DOCUMENTS.replace("B08", "B12")).json() == {"items": []}
    assert ministry.get(REPORT.replace("B08", "B12")).status_code == 404


def test_what_was_changed_or_is_gone_is_not_handed_out(printed: Printed, operator: httpx.Client) -> None:
    file = printed.folder / "documents" / "sheet-36.pdf"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole[:-1] + b"x")
        refused = operator.get(f"{DOCUMENTS}/sheet-36.pdf")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        file.unlink()
        assert operator.get(f"{DOCUMENTS}/sheet-36.pdf").status_code == 503
    finally:
        file.write_bytes(whole)
    assert operator.get(f"{DOCUMENTS}/sheet-36.pdf").content == whole


def year(session: Session, signing: Key) -> Release:
    made = service.make(session, find_subject(session, "2022"), by="siti", now=NOW)
    return published(session, made, signing)


def written(session: Session, folder: Path, number: str) -> None:
    """As the flow does it: with the periods that the year was made of; the sheets are not looked at here."""
    content = load_public(session, number)
    tag, digests = write_documents(folder, content, periods=companions(session, content.header), service=())
    record(session, number, OutputKind.DOCUMENTS, digests, now=LATER, content_tag=tag)


def test_documents_of_a_year_are_kept_as_long_as_what_they_hide_of_its_periods_surely_stays(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    api_surroundings: Surroundings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, signing = create_engine(address(new_database(national_template))), key(tmp_path)
    surroundings = api_surroundings(engine)
    folder = Path(surroundings["RANHAM_DATA_DIR"]) / "release-files"

    def ruled(threshold: int | None, group: str = "perempuan") -> None:
        rule = {"target_groups": [group], "threshold": threshold} if threshold else {}
        surroundings["RANHAM_SMALL_CELLS"] = json.dumps(rule)
        monkeypatch.setenv("RANHAM_SMALL_CELLS", json.dumps(rule))
        settings.cache_clear()

    def report(running: Api, version: int) -> httpx.Response:
        return running.operator("36.04").get(f"/api/v1/releases/2022/{version}/documents/annual-report.pdf")

    monkeypatch.setattr(distribution, "province_sheet", lambda *_, **__: b"%PDF")
    try:
        with Session(engine) as session, session.begin():
            ruled(None)
            for label in ("2022-B08", "2022-B12"):
                published(session, service.make(session, closed_period(session, label), by="siti", now=NOW), signing)
            ruled(5)
            number = year(session, signing).number
            written(session, folder, number)
        with serving(engine, surroundings) as running:
            under_five = report(running, 1)
        # The year records its rule, and the periods that the report shows record none.
        assert (under_five.status_code, under_five.headers["cache-control"]) == (200, "private, no-cache")
        ruled(300)
        with serving(engine, surroundings) as running:
            assert report(running, 1).status_code == 404  # rather none than what is to be hidden now
            with Session(engine) as session, session.begin():
                written(session, folder, number)
            anew = report(running, 1)
            assert (anew.status_code, anew.headers["cache-control"]) == (200, "private, no-cache")
            assert anew.headers["etag"] != under_five.headers["etag"]
            assert anew.content != under_five.content

            with Session(engine) as session, session.begin():
                ruled(5, "masyarakat-adat")  # without actions in this year, so that it is quickly looked through
                for subject in (period(session), period(session, "2022-B12"), find_subject(session, "2022")):
                    made = service.amend(session, subject, by="siti", now=LATER, reason="aturan sel kecil")
                    number = published(session, made, signing, now=LATER).number
                written(session, folder, number)
            assert report(running, 2).headers["cache-control"] == "private, max-age=31536000, immutable"
            assert report(running, 1).headers["etag"] == anew.headers["etag"]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        engine.dispose()
