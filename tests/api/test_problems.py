"""One shape of refusals, whatever went wrong."""

import json
from typing import Any

import httpx
import pytest

from ranham.access.models import Role, TokenKind
from ranham.access.rules import Place
from tests.api.serving import PERIOD, Api

REPORT = f"/api/v1/periods/{PERIOD}/reports"


@pytest.fixture(scope="module")
def ministry(api: Api) -> httpx.Client:
    return api.acting((Role.MINISTRY, Place()))


def problem(answered: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert answered.status_code == status, answered.text
    assert answered.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answered.json()
    assert {"type", "title", "status", "detail", "instance"} <= said.keys() <= {
        "type", "title", "status", "detail", "instance", "errors", "possible",
    }  # fmt: skip
    assert (said["type"], said["status"]) == (f"urn:ranham:problem:{slug}", status)
    assert said["instance"] == f"urn:ranham:request:{answered.headers['request-id']}"
    return said


def test_no_such_path_method_or_thing(ministry: httpx.Client) -> None:
    problem(ministry.get("/api/v2/nothing"), 404, "not-found")
    refused = ministry.delete("/api/v1/me")
    problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, HEAD"
    # Not sent on to the address without the slash either: that would name whatever host the request names.
    problem(ministry.get("/api/v1/periods/", headers={"Host": "elsewhere.example"}), 404, "not-found")
    problem(ministry.get(f"{REPORT}/999999999"), 404, "not-found")
    problem(ministry.get("/api/v1/periods/2050-B08/reports"), 404, "not-found")
    problem(ministry.get("/api/v1/evidence/999999999"), 404, "not-found")
    problem(ministry.post("/api/v1/extensions/999999999/decision", json={"approve": True}), 404, "not-found")
    problem(ministry.post("/api/v1/excuses/999999999/decision", json={"approve": True}), 404, "not-found")
    problem(ministry.post("/api/v1/verification/tasks/999999999/take"), 404, "not-found")


def test_a_unit_of_others_is_answered_like_one_that_does_not_exist(api: Api) -> None:
    client = api.operator("36.04")
    asked = {"until": "2022-09-10T00:00:00+07:00", "reason": "banjir"}
    for code in ("18.72", "99.99"):
        refused = [
            client.get(REPORT, params={"unit_code": code}),
            client.post(f"/api/v1/units/{code}/evidence?file_name=a.pdf&kind=foto", content=b"x"),
            client.post(f"/api/v1/periods/{PERIOD}/extensions", json=asked | {"unit_code": code}),
        ]
        assert {problem(each, 404, "not-found")["detail"] for each in refused} == {f"no unit {code}"}


def test_head_is_get_without_its_body(ministry: httpx.Client) -> None:
    for path in ("/api/v1/me", "/health/live"):
        asked, got = ministry.head(path), ministry.get(path)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["content-length"] == str(len(got.content))
    assert ministry.head("/api/v1/evidence/999999999").status_code == 404
    assert ministry.head("/api/v1/sign-in").headers["allow"] == "POST"


def test_input_says_where_what_was_found_and_what_is_expected(ministry: httpx.Client) -> None:
    body = {"reason_code": "X", "remark": " ", "more": 1}
    said = problem(ministry.post(f"{REPORT}/1/reopening", json=body), 422, "bad-input")
    assert {error["pointer"] for error in said["errors"]} == {"/body/reason_code", "/body/remark", "/body/more"}
    assert all(error.keys() == {"pointer", "found", "expected"} for error in said["errors"])
    said = problem(ministry.get(f"{REPORT}?limit=0&unknown=1"), 422, "bad-input")
    assert {error["pointer"] for error in said["errors"]} == {"/query/limit", "/query/unknown"}
    said = problem(ministry.get(f"{REPORT}/0"), 422, "bad-input")
    assert said["errors"][0]["pointer"] == "/path/obligation_id"
    said = problem(ministry.get(f"{REPORT}?cursor=bm8"), 422, "bad-input")
    assert said["errors"][0]["pointer"] == "/query/cursor"


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 100_000, b'{"approve": ' + b"9" * 10_000 + b"}"])
def test_what_is_no_json_is_refused(ministry: httpx.Client, raw: bytes) -> None:
    answered = ministry.post("/api/v1/extensions/1/decision", content=raw, headers={"Content-Type": "application/json"})
    assert answered.status_code in (400, 422), answered.text
    assert answered.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("words", ["\0", "\ud800", "x" * 4001])
def test_words_that_the_database_cannot_keep_are_refused(ministry: httpx.Client, words: str) -> None:
    body = json.dumps({"approve": True, "remark": words}).encode()
    answered = ministry.post(
        "/api/v1/extensions/1/decision", content=body, headers={"Content-Type": "application/json"}
    )
    problem(answered, 422, "bad-input")


def test_secrets_are_not_repeated(api: Api) -> None:
    said = api.client().post("/api/v1/sign-in", json={"email": 1, "password": {"word": "rahasia sekali"}})
    assert "rahasia" not in said.text
    said = api.client().post("/api/v1/sign-in", content=b'{"password": "rahasia sekali", ')
    assert "rahasia" not in said.text


def test_without_a_token_nobody_is_there(api: Api) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer \xe9"},
    ):
        answered = api.client().get("/api/v1/me", headers=[(k, v.encode("latin-1")) for k, v in headers.items()])
        problem(answered, 401, "unauthenticated")
        assert answered.headers["www-authenticate"] == "Bearer"


def test_a_token_that_ended_is_nobody_s(api: Api) -> None:
    person = api.person((Role.AUDITOR, Place()))
    revoked, disabled = api.client(api.token(person)), api.client(api.token(api.person((Role.AUDITOR, Place()))))
    assert revoked.get("/api/v1/me").status_code == 200
    assert revoked.post("/api/v1/sign-out").status_code == 204
    problem(revoked.get("/api/v1/me"), 401, "unauthenticated")
    who = disabled.get("/api/v1/me").json()["person_id"]
    api.execute("UPDATE person SET disabled_at = now() WHERE id = :id", id=who)
    problem(disabled.get("/api/v1/me"), 401, "unauthenticated")


def test_a_token_does_what_its_scopes_say(api: Api) -> None:
    person = api.person((Role.MINISTRY, Place()))
    reads = api.client(api.token(person, scopes=("read",)))
    assert reads.get("/api/v1/me").status_code == 200
    problem(reads.post("/api/v1/extensions/1/decision", json={"approve": True}), 403, "forbidden")
    other = api.client(api.token(person, scopes=("reports",)))
    problem(other.get("/api/v1/me"), 403, "forbidden")
    writes = api.client(api.token(person, scopes=("write",)))
    problem(writes.post("/api/v1/extensions/999999999/decision", json={"approve": True}), 404, "not-found")
    session = api.client(api.token(person, kind=TokenKind.SESSION))
    assert TokenKind(session.get("/api/v1/me").json()["token_kind"]) is TokenKind.SESSION


def test_a_body_beyond_the_limit_is_refused(ministry: httpx.Client) -> None:
    large = b'{"approve": true, "remark": "' + b"x" * (1 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    problem(ministry.post("/api/v1/extensions/1/decision", content=large, headers=headers), 413, "too-large")
    pieces = (large[start : start + 65536] for start in range(0, len(large), 65536))
    problem(ministry.post("/api/v1/extensions/1/decision", content=pieces, headers=headers), 413, "too-large")


def test_every_answer_has_safe_headers_and_says_nothing_of_the_server(ministry: httpx.Client) -> None:
    for path in ("/api/v1/me", "/nothing", "/health/live"):
        headers = ministry.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_health_is_for_everybody(api: Api) -> None:
    assert api.client().get("/health/live").json() == {"status": "ok"}
    assert api.client().get("/health/ready").json() == {"status": "ok"}
