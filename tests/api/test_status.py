"""Who sees the state of the cycle, and that it is the command line's."""

import pytest

from ranham.access.models import Role
from ranham.access.permissions import RIGHTS, Right
from ranham.access.rules import Place
from ranham.cycle.models import Step
from tests.api.serving import PERIOD, Api
from tests.api.test_problems import problem

PATHS = ("/api/v1/status", f"/api/v1/periods/{PERIOD}/status")


@pytest.mark.parametrize("role", [Role.ENGINE_OPERATOR, Role.MINISTRY, Role.AUDITOR])
def test_those_whose_right_it_is_see_every_step(api: Api, role: Role) -> None:
    client = api.acting((role, Place()))
    for path in PATHS:
        answered = client.get(path)
        if Right.STATUS in RIGHTS[role]:
            assert {row["step"] for row in answered.json()["items"]} == set(Step) - {Step.TICK}
        else:
            problem(answered, 403, "forbidden")


def test_operators_of_units_and_strangers_see_nothing(api: Api) -> None:
    for path in PATHS:
        problem(api.operator("36.04").get(path), 403, "forbidden")
        problem(api.client().get(path), 401, "unauthenticated")


def test_one_may_ask_for_what_is_late_only(api: Api) -> None:
    client = api.acting((Role.ENGINE_OPERATOR, Place()))
    rows = client.get(f"{PATHS[1]}?late=true").json()["items"]
    assert all(row["late"] or row["lease_long"] for row in rows)
    opening = next(row for row in client.get(PATHS[1]).json()["items"] if row["step"] == "open")
    assert opening["due"] is True
    assert opening in rows
    problem(client.get("/api/v1/periods/2099-B08/status"), 404, "not-found")
