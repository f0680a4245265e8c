"""Where messages stand over HTTP, and call-backs of providers."""

import hashlib
import hmac
import json
import uuid
from itertools import count
from typing import Any

import httpx
import pytest

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from tests.api.serving import Api

SECRET = b"rahasia bersama"
PATH = "/api/v1/deliveries/call-back"
_number = count(1)


def delivery(api: Api) -> str:
    """A message that a provider took; its Message-ID."""
    identity = str(uuid.uuid4())
    api.execute(
        """INSERT INTO delivery (key, message_id, kind, ref, channel, address, name, language, created_at, not_before,
                                 state, state_at, attempts, next_attempt_at, provider, provider_ref)
           VALUES (:key, cast(:identity AS uuid), 'reminder', 1, 'email', 'x@serang.go.id', 'x', 'id', now(), now(),
                   'delivered_to_provider', now(), 1, now(), 'gateway', :ref)""",
        key=f"http:{next(_number)}", identity=identity, ref=identity[:8],
    )  # fmt: skip
    return identity


def report(
    api: Api, body: dict[str, Any], *, secret: bytes = SECRET, age: int = 0, sent: bytes | None = None
) -> httpx.Response:
    said = json.dumps(body).encode()
    moment = str(int(clock.real_now().timestamp()) - age)
    made = hmac.new(secret, moment.encode() + b"." + said, hashlib.sha256).hexdigest()
    headers = {"Ranham-Signature": f"t={moment},v1={made}", "Content-Type": "application/json"}
    return api.client().post(PATH, content=sent or said, headers=headers)


def state(api: Api, identity: str) -> str:
    return str(api.one("SELECT state FROM delivery WHERE message_id = cast(:id AS uuid)", id=identity))


def test_a_call_back_moves_the_message_and_again_changes_nothing(api: Api) -> None:
    identity = delivery(api)
    body = {"message_id": identity, "status": "delivered"}
    assert report(api, body).json() == {"taken": "changed"}
    assert report(api, body).json() == {"taken": "known"}
    assert state(api, identity) == "delivered"


def test_a_message_is_also_known_by_the_name_that_its_provider_gave(api: Api) -> None:
    identity = delivery(api)
    answered = report(
        api, {"provider": "gateway", "provider_ref": identity[:8], "status": "failed", "reply": "no such user"}
    )
    assert answered.json() == {"taken": "changed"}
    assert state(api, identity) == "permanent_failure"
    assert report(api, {"provider": "gateway", "provider_ref": "nowhere", "status": "failed"}).status_code == 404


@pytest.mark.parametrize(
    "forged", [{"secret": b"tebakan"}, {"age": 600}, {"age": -600}, {"sent": b'{"status": "failed"}'}]
)
def test_whoever_does_not_know_the_secret_now_is_not_heard(forged: dict[str, Any], api: Api) -> None:
    identity = delivery(api)
    refused = report(api, {"message_id": identity, "status": "failed"}, **forged)
    assert (refused.status_code, state(api, identity)) == (401, "delivered_to_provider")


def test_without_a_signature_nothing_is_taken(api: Api) -> None:
    assert api.client().post(PATH, json={"status": "delivered"}).status_code == 422
    refused = api.client().post(PATH, json={"status": "delivered"}, headers={"Ranham-Signature": "x"})
    assert refused.status_code == 401


@pytest.mark.parametrize("role", [Role.MINISTRY, Role.ENGINE_OPERATOR, Role.AUDITOR])
def test_those_who_see_everything_see_where_messages_stand(role: Role, api: Api) -> None:
    delivery(api)
    said = api.acting((role, Place())).get("/api/v1/deliveries?limit=1&channel=email").json()
    assert [each["address"] for each in said["items"]] == ["x@serang.go.id"]
    assert sum(each["deliveries"] for each in said["counts"]) >= 1
    none = api.acting((role, Place())).get("/api/v1/deliveries?state=temporary_failure&channel=sms").json()
    assert none["items"] == []


def test_pages_hold_every_message_once_also_while_new_ones_come(api: Api) -> None:
    made = [delivery(api) for _ in range(3)]
    client, seen = api.acting((Role.MINISTRY, Place())), []
    address = "/api/v1/deliveries?limit=1&channel=email"
    while address and len(seen) < len(made):
        page = client.get(address).json()
        seen += [each["id"] for each in page["items"]]
        delivery(api)
        address = page["next"]
    ids = [api.one("SELECT id FROM delivery WHERE message_id = cast(:id AS uuid)", id=each) for each in made]
    assert seen == ids[::-1]
    assert client.get("/api/v1/deliveries?channel=nothing").json()["next"] is None
    assert client.get("/api/v1/deliveries?cursor=xyz").status_code == 422


def test_an_operator_does_not_see_the_messages_of_all(api: Api) -> None:
    assert api.operator("36.03").get("/api/v1/deliveries").status_code == 403
