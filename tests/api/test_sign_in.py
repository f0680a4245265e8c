"""Sessions over HTTP."""

import pytest
from sqlalchemy.orm import Session

from ranham.access import service as access
from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from tests.access.people import PASSWORD
from tests.api.serving import Api
from tests.api.test_problems import problem

NEW = "gajah putih menyeberang"


@pytest.fixture
def account(api: Api) -> tuple[int, str]:
    """Somebody with a password that somebody else has set, and their address."""
    person = api.person((Role.OPERATOR, Place(unit_id=api.unit("36.04"))))
    with Session(api.engine) as session, session.begin():
        access.set_password(session, person, PASSWORD, by="cli:test", now=clock.real_now())
    return person, str(api.one("SELECT email FROM person WHERE id = :id", id=person))


def test_a_first_password_is_changed_before_anything_else(api: Api, account: tuple[int, str]) -> None:
    person, email = account
    signed = api.client().post("/api/v1/sign-in", json={"email": f" {email.upper()} ", "password": PASSWORD})
    assert signed.status_code == 200
    assert signed.json()["must_change_password"] is True
    session = api.client(signed.json()["token"])
    for path in ("/api/v1/me", "/api/v1/periods", "/api/v1/verification/queue?period=2022-B08"):
        problem(session.get(path), 403, "password-change-required")
    change = {"old_password": PASSWORD, "new_password": "pendek"}
    problem(session.post("/api/v1/password", json=change), 422, "bad-input")
    wrong = {"old_password": "bukan ini sandinya", "new_password": NEW}
    problem(session.post("/api/v1/password", json=wrong), 403, "wrong-password")
    assert session.post("/api/v1/password", json={"old_password": PASSWORD, "new_password": NEW}).status_code == 204
    assert session.get("/api/v1/me").json()["person_id"] == person
    signed = api.client().post("/api/v1/sign-in", json={"email": email, "password": NEW})
    assert signed.json()["must_change_password"] is False


def test_unknown_and_wrong_are_one_answer(api: Api, account: tuple[int, str]) -> None:
    _, email = account
    refused = [
        api.client().post("/api/v1/sign-in", json={"email": address, "password": "salah salah salah"})
        for address in (email, "nobody@daerah.go.id", "no address")
    ]
    said = [problem(each, 401, "sign-in-refused")["detail"] for each in refused]
    assert len(set(said)) == 1


def test_an_account_locks_and_tries_are_limited(api: Api, account: tuple[int, str]) -> None:
    person, email = account
    answers = [
        api.client().post("/api/v1/sign-in", json={"email": email, "password": "salah salah salah"}) for _ in range(11)
    ]
    assert [each.status_code for each in answers] == [401] * 10 + [429]
    problem(answers[-1], 429, "too-many-tries")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert api.one("SELECT locked_until > now() FROM local_account WHERE person_id = :id", id=person)


def test_a_token_for_reading_changes_no_password(api: Api, account: tuple[int, str]) -> None:
    person, _ = account
    client = api.client(api.token(person, scopes=("read",)))
    problem(client.post("/api/v1/password", json={"old_password": PASSWORD, "new_password": NEW}), 403, "forbidden")


def test_signing_out_ends_the_session(api: Api, account: tuple[int, str]) -> None:
    _, email = account
    token = api.client().post("/api/v1/sign-in", json={"email": email, "password": PASSWORD}).json()["token"]
    session = api.client(token)
    assert session.post("/api/v1/sign-out").status_code == 204
    problem(session.post("/api/v1/sign-out"), 401, "unauthenticated")


def test_openid_connect_is_refused_where_it_is_not_set_up(api: Api) -> None:
    body = {"id_token": "a.b.c", "nonce": "n"}
    problem(api.client().post("/api/v1/sign-in/oidc", json=body), 409, "conflict")


def test_the_use_of_a_token_is_noted_once_a_minute(api: Api) -> None:
    person = api.person((Role.AUDITOR, Place()))
    client = api.client(api.token(person))
    client.get("/api/v1/me")
    noted = "SELECT last_used_at FROM api_token WHERE person_id = :id"
    first = api.one(noted, id=person)
    assert first is not None
    client.get("/api/v1/me")
    assert api.one(noted, id=person) == first
