"""Contacts and calendars over HTTP, by links that need no signing in."""

from itertools import count

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from ranham.reminder.links.addresses import Addressed, issue_for
from ranham.reminder.links.feeds import issue_feed, revoke_feed
from ranham.reminder.links.places import find_place
from tests.api.conftest import Surroundings
from tests.api.serving import Api, serving
from tests.reminder.content.ledger import contact

_number = count(1)


def link(api: Api, *, courtesy: bool = False, end: bool = False) -> str:
    """Path of a link to a new contact of Serang."""
    now = clock.real_now()
    with Session(api.engine) as session, session.begin():
        made = contact(session, courtesy=courtesy, address=f"sekda.http{next(_number)}@serang.go.id")
        (links,) = issue_for(session, [Addressed(f"contact:{made.id}", None, courtesy=courtesy)], now=now)
    chosen = links.unsubscribe if end else links.manage
    assert chosen is not None
    return httpx.URL(chosen).path


def test_a_link_shows_the_contact_as_json_and_as_a_page(api: Api) -> None:
    path, client = link(api), api.client()
    said = client.get(path).json()
    assert (said["name"], said["unit_code"], said["possible"]) == ("Sekda Serang", "36.04", ["confirm", "correct"])
    page = client.get(path, headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert said["address"] in page.text


def test_confirming_works_once_and_is_shown(api: Api) -> None:
    path, client = link(api), api.client()
    assert client.post(f"{path}/confirmation").json()["outcome"] == "confirmed"
    again = client.post(f"{path}/confirmation")
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    assert client.get(path).json()["confirmed_at"] is not None


def test_a_correction_is_checked_and_kept(api: Api) -> None:
    path, client = link(api), api.client()
    wrong = client.post(f"{path}/correction", json={"address": "bukan alamat"})
    assert wrong.status_code == 422
    said = client.post(f"{path}/correction", json={"address": "baru.http@serang.go.id"})
    assert said.json() == {"address": "baru.http@serang.go.id", "confirmed": False}
    kept = client.get(path).json()
    assert (kept["ended_on"], kept["outcome"]) == (None, "corrected")


def test_the_form_of_the_page_does_the_same(api: Api) -> None:
    path, client = link(api), api.client()
    form = {"action": "correct", "address": "formulir.http@serang.go.id", "name": ""}
    assert "Sampai saat itu alamat lama tetap dipakai" in client.post(path, data=form).text
    assert client.post(path, data={"action": "delete"}).status_code == 422
    path = link(api)
    assert "sudah dibenarkan" in client.post(path, data={"action": "confirm"}).text


@pytest.mark.parametrize("lost", ["A" * 43, "cut-short"])
def test_a_link_that_does_nothing_says_so_to_people_in_words(api: Api, lost: str) -> None:
    client, path = api.client(), f"/api/v1/contacts/{lost}"
    page = client.get(path, headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.status_code == client.get(path).status_code in (404, 422)
    assert "Gunakan tautan dalam pesan" in page.text or "salin seluruhnya dari pesan" in page.text
    assert client.get(path).headers["content-type"] == "application/problem+json"


def test_a_form_with_a_wrong_address_says_so_in_words(api: Api) -> None:
    form = {"action": "correct", "address": "bukan <alamat>", "name": ""}
    page = api.client().post(link(api), data=form, headers={"Accept": "text/html"})
    assert page.status_code == 422
    assert "belum benar" in page.text
    assert "<alamat>" not in page.text


def test_copies_end_with_one_click(api: Api) -> None:
    path, client = link(api, courtesy=True, end=True), api.client()
    for _ in range(2):
        said = client.post(f"{path}/unsubscription", data={"List-Unsubscribe": "One-Click"})
        assert (said.status_code, said.json()["outcome"]) == (200, "unsubscribed")


def test_a_duty_is_told_why_it_cannot_unsubscribe(api: Api) -> None:
    refused = api.client().post(f"{link(api)}/unsubscription")
    assert (refused.status_code, "duty to report" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize("path", [f"/api/v1/contacts/{'x' * 43}", f"/api/v1/calendars/{'x' * 43}.ics"])
def test_an_unknown_link_is_not_found(path: str, api: Api) -> None:
    assert api.client().get(path).status_code == 404


def feed(api: Api, place: str) -> tuple[int, str]:
    now = clock.real_now()
    with Session(api.engine) as session, session.begin():
        of = find_place(session, place, today=clock.local_date(now))
        made = issue_feed(session, of, language="id", by="cli:test", now=now)
    return made.id, httpx.URL(made.address).path


def test_a_calendar_is_read_by_its_address_until_it_is_revoked(api: Api) -> None:
    feed_id, path = feed(api, "36.04")
    answered = api.client().get(path)
    assert answered.headers["content-type"].startswith("text/calendar")
    assert Calendar.from_ical(answered.content).events
    with Session(api.engine) as session, session.begin():
        revoke_feed(session, feed_id, by="cli:test", now=clock.real_now())
    assert api.client().get(path).status_code == 404


def test_whoever_is_signed_in_reads_the_deadlines_of_their_own_units(api: Api) -> None:
    api.execute(
        """INSERT INTO extension (period_id, unit_id, until, reason, requested_by, requested_at, approved, decided_by, decided_at)
           SELECT id, :unit, closes_on + interval '3 days', 'x', 'a', now(), true, 'b', now() FROM period
           WHERE code = 'B08' AND closes_on = '2022-09-06'""",
        unit=api.unit("36.02"),
    )

    def extensions(client: httpx.Client) -> int:
        found = Calendar.from_ical(client.get("/api/v1/calendar.ics").content).events
        return sum("36.02" in str(each["SUMMARY"]) or "Lebak" in str(each["SUMMARY"]) for each in found)

    assert extensions(api.operator("36.02")) == 1
    assert extensions(api.operator("36.03")) == 0
    assert extensions(api.acting((Role.MINISTRY, Place()))) == 1
    assert api.client().get("/api/v1/calendar.ics").status_code == 401


@pytest.fixture
def strict(national: Engine, api_surroundings: Surroundings) -> dict[str, str]:
    return api_surroundings(national, RANHAM_SIGN_IN_TRIES_PER_MINUTE_FROM_ADDRESS="3")


def test_links_are_not_to_be_guessed_and_do_not_stand_in_the_log(
    national: Engine, strict: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("log") / "log"
    engine = create_engine(national.url)
    with log.open("wb") as written, serving(engine, strict, written) as api:
        path, client = link(api), api.client()
        statuses = [client.get(path).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
    engine.dispose()
    said = log.read_text()
    assert "/api/v1/contacts/..." in said
    assert path.rpartition("/")[2] not in said
