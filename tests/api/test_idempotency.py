"""Writes under an Idempotency-Key happen once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from ranham.access.models import Role
from ranham.access.rules import Place
from tests.api.desk import fresh_unit, honest_answers, path, sent
from tests.api.serving import PERIOD, Api
from tests.api.test_problems import problem

KEY = {"Idempotency-Key": "satu"}
LEAVE = {"unit_code": None, "until": "2022-09-10T00:00:00+07:00", "reason": "Banjir"}


@pytest.fixture
def unit(api: Api) -> tuple[httpx.Client, int, str]:
    code = fresh_unit()
    return api.operator(code), api.obligations(code)[0], code


def test_a_repeated_key_gets_the_answer_of_then(api: Api, unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    asked = LEAVE | {"unit_code": code}
    url = f"/api/v1/periods/{PERIOD}/extensions"
    made = operator.post(url, json=asked, headers=KEY)
    again = operator.post(url, json=asked, headers=KEY)
    assert (made.status_code, again.status_code) == (201, 201)
    assert again.content == made.content
    assert again.headers["idempotent-replayed"] == "true"
    assert api.one("SELECT count(*) FROM extension WHERE unit_id = :unit", unit=api.unit(code)) == 1
    written = operator.put(
        f"{path(first)}/answers/1", json={"answer": "nil"}, headers={"Idempotency-Key": "dua", "If-None-Match": "*"}
    )
    again = operator.put(
        f"{path(first)}/answers/1", json={"answer": "nil"}, headers={"Idempotency-Key": "dua", "If-None-Match": "*"}
    )
    assert (again.status_code, again.content) == (201, written.content)
    assert again.headers["etag"] == written.headers["etag"]


def test_a_key_with_another_request_is_refused(unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    asked = LEAVE | {"unit_code": code}
    url = f"/api/v1/periods/{PERIOD}/extensions"
    operator.post(url, json=asked, headers=KEY)
    problem(operator.post(url, json=asked | {"reason": "Gempa"}, headers=KEY), 422, "idempotency-key-reused")
    problem(operator.post(f"{path(first)}/submission", headers=KEY), 422, "idempotency-key-reused")


def test_what_was_refused_may_be_tried_again_under_its_key(unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, _ = unit
    problem(operator.post(f"{path(first)}/submission", headers=KEY), 422, "report-refused")
    body = honest_answers(operator, first)
    for answer in body["answers"]:
        url = f"{path(first)}/answers/{answer.pop('measure_number')}"
        operator.put(url, json=answer, headers={"If-None-Match": "*"})
    assert operator.post(f"{path(first)}/submission", headers=KEY).status_code == 201


def test_keys_are_each_person_s_own(api: Api, unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    sent(api, operator, first)
    other = api.operator(code)
    for client in (operator, other):
        assert "idempotent-replayed" not in client.post(f"{path(first)}/submission", headers=KEY).headers


def test_two_at_once_under_one_key_do_it_once(api: Api, unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, _ = unit
    token = operator.headers["Authorization"].removeprefix("Bearer ")
    body = honest_answers(operator, first)
    together = threading.Barrier(8)

    def send(_number: int) -> httpx.Response:
        client = api.client(token)
        together.wait()
        return client.post(f"{path(first)}/submission", json=body, headers=KEY)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert sum("idempotent-replayed" not in each.headers for each in answers) == 1
    assert api.one("SELECT count(*) FROM submission WHERE obligation_id = :o", o=first) == 1


def test_a_key_is_free_again_after_a_week(api: Api, unit: tuple[httpx.Client, int, str]) -> None:
    operator, _, code = unit
    url = f"/api/v1/periods/{PERIOD}/extensions"
    person = operator.get("/api/v1/me").json()["person_id"]
    for key in ("lama", "lain"):
        operator.post(url, json=LEAVE | {"unit_code": code}, headers={"Idempotency-Key": key})
    api.execute(
        "UPDATE idempotent_request SET created_at = now() - interval '7 days 1 minute' WHERE person_id = :id", id=person
    )
    again = operator.post(url, json=LEAVE | {"unit_code": code}, headers={"Idempotency-Key": "lama"})
    assert (again.status_code, "idempotent-replayed" in again.headers) == (201, False)
    assert api.one("SELECT count(*) FROM idempotent_request WHERE person_id = :id", id=person) == 1


def test_a_secret_is_never_behind_a_key(api: Api) -> None:
    client = api.acting((Role.AUDITOR, Place()))
    body = {"old_password": "x", "new_password": "panjang sekali ini"}
    client.post("/api/v1/password", json=body, headers=KEY)
    person = client.get("/api/v1/me").json()["person_id"]
    assert api.one("SELECT count(*) FROM idempotent_request WHERE person_id = :id", id=person) == 0
