"""Reports of units over HTTP, without ceremony. Each test takes a unit of its own."""

import itertools
from typing import Any

import httpx

from tests.api.serving import PERIOD, Api

_codes = itertools.chain(
    (f"33.{number:02}" for number in range(1, 30)),
    (f"35.{number:02}" for number in range(1, 30)),
    (f"12.{number:02}" for number in range(1, 25)),
)


def fresh_unit() -> str:
    """A regency that no other test uses."""
    return next(_codes)


def path(obligation_id: int, *, period: str = PERIOD) -> str:
    return f"/api/v1/periods/{period}/reports/{obligation_id}"


def honest_answers(client: httpx.Client, obligation_id: int, **more: Any) -> dict[str, Any]:
    """A whole report that needs no evidence: nothing was achieved."""
    measures = client.get(path(obligation_id)).json()["measures"]
    return {"answers": [{"measure_number": each["number"], "answer": "not_achieved"} | more for each in measures]}


def sent(api: Api, client: httpx.Client, obligation_id: int, **more: Any) -> dict[str, Any]:
    answered = client.post(f"{path(obligation_id)}/submission", json=honest_answers(client, obligation_id, **more))
    assert answered.status_code == 201, answered.text
    received: dict[str, Any] = answered.json()
    return received
