"""Webhooks over HTTP: the ministry adds, tries and withdraws them, those who see all units read them."""

import itertools

import httpx
import pytest

from ranham.access.models import Role
from ranham.access.rules import Place
from tests.access.documented import rights
from tests.api.serving import Api

PATH = "/api/v1/webhooks"
_number = itertools.count(1)


def body(**changed: object) -> dict[str, object]:
    return {"name": f"api-{next(_number)}", "url": "https://data.example.go.id/ranham"} | changed


@pytest.fixture(scope="module")
def ministry(api: Api) -> httpx.Client:
    return api.acting((Role.MINISTRY, Place()))


def test_a_webhook_is_added_tried_and_withdrawn(api: Api, ministry: httpx.Client) -> None:
    asked = body(description="Pusdatin")
    made = ministry.post(PATH, json=asked, headers={"Idempotency-Key": "w1"})
    assert (made.status_code, made.json()["name"]) == (201, asked["name"])
    assert ministry.post(PATH, json=asked, headers={"Idempotency-Key": "w1"}).json() == made.json()
    assert ministry.post(PATH, json=asked).status_code == 409
    one = f"{PATH}/{made.json()['id']}"
    tried = ministry.post(f"{one}/test")
    assert tried.status_code == 202
    listed = ministry.get("/api/v1/deliveries?channel=webhook&limit=1").json()["items"][0]
    assert (listed["id"], listed["address"], listed["state"]) == (tried.json()["delivery_id"], asked["url"], "created")
    (found,) = [each for each in ministry.get(f"{PATH}?limit=500").json()["items"] if each["name"] == asked["name"]]
    assert (found["events"], found["told"], found["waiting"]) == (["release.published", "release.superseded"], 1, 1)
    gone = ministry.post(f"{one}/withdrawal", json={"because": "moved"})
    assert (gone.status_code, gone.json()["withdrawn_by"]) == (200, found["created_by"])
    assert ministry.post(f"{one}/withdrawal", json={"because": "moved"}).status_code == 409
    assert ministry.post(f"{one}/test").status_code == 409
    assert asked["name"] not in [each["name"] for each in ministry.get(f"{PATH}?limit=500").json()["items"]]
    assert asked["name"] in [each["name"] for each in ministry.get(f"{PATH}?limit=500&withdrawn=true").json()["items"]]
    assert ministry.post(f"{PATH}/999999/test").status_code == 404


def test_pages_hold_every_webhook_once(api: Api, ministry: httpx.Client) -> None:
    names = [ministry.post(PATH, json=body()).json()["name"] for _ in range(3)]
    seen, address = [], f"{PATH}?limit=2"
    while address:
        page = ministry.get(address).json()
        seen += [each["name"] for each in page["items"]]
        address = page["next"]
    assert seen[-3:] == names
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://data.example.go.id/"},
        {"url": "https://user:rahasia@data.example.go.id/"},
        {"url": "https://data.example.go.id/?token=x"},
        {"url": "https://a b/"},
        {"name": "../a"},
        {"events": []},
        {"events": ["webhook.test"]},
        {"secret": "x"},
    ],
)
def test_what_is_wrong_with_a_webhook_is_said(ministry: httpx.Client, wrong: dict[str, object]) -> None:
    refused = ministry.post(PATH, json=body(**wrong))
    assert refused.status_code == 422
    assert refused.json()["errors"]


def test_every_role_may_do_what_the_table_of_rights_says(api: Api, ministry: httpx.Client) -> None:
    from ranham.access.permissions import Right, Scope  # noqa: PLC0415

    one = ministry.post(PATH, json=body()).json()["id"]
    places = {
        Role.OPERATOR: Place(unit_id=api.unit("36.04")),
        Role.OPD_CONTRIBUTOR: Place(unit_id=api.unit("36.04"), opd="Dinas Sosial"),
        Role.PROVINCE_COORDINATOR: Place(unit_id=api.unit("36")),
    }
    for role, table in rights().items():
        client = api.acting((role, places.get(role, Place())))
        reads, writes = (table.get(right) is Scope.ALL for right in (Right.READ, Right.RELEASE))
        assert client.get(PATH).status_code == (200 if reads else 403), role
        assert client.post(PATH, json=body()).status_code == (201 if writes else 403), role
        assert client.post(f"{PATH}/{one}/test").status_code == (202 if writes else 403), role
    withdrawn = {"because": "x"}
    assert api.operator("36.04").post(f"{PATH}/{one}/withdrawal", json=withdrawn).status_code == 403
    assert api.client().get(PATH).status_code == 401
