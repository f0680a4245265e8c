"""Schemathesis: what the OpenAPI document promises, over requests that fit it and requests that do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.api.app import build
from tests.api.desk import fresh_unit, sent
from tests.api.serving import PERIOD, Api
from tests.api.test_contacts import feed, link
from tests.api.test_verification import fill, task_of

# Refusals of content that the document cannot describe: what is missing of a report, what others did meanwhile.
ACCEPTED = ["2xx", "401", "403", "404", "409", "412", "428", "429"]
BY_CONTENT = [*ACCEPTED, "422"]
CONTENT_IS_JUDGED = [
    "send_report", "decide_task", "upload_evidence", "change_password", "list_tasks", "list_reports", "list_extensions",
    "list_excuses", "write_answer", "request_extension", "correct_contact", "use_contact_page", "list_reminders",
    "list_deliveries",
    "list_release_figures", "explain_release", "list_webhooks", "add_webhook",
]  # fmt: skip

schema = schemathesis.openapi.from_dict(
    build().openapi(),
    config=SchemathesisConfig.from_dict(
        {
            "generation": {"deterministic": True, "allow-x00": True, "database": "none"},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                "missing_required_header": {"expected-statuses": ["4xx"]},
            },
            "operations": [
                {
                    "include-operation-id": CONTENT_IS_JUDGED,
                    "checks": {"positive_data_acceptance": {"expected-statuses": BY_CONTENT}},
                },
                {
                    # The example of a cursor is of another history than this database's, which is what 410 says.
                    "include-operation-id": ["list_releases"],
                    "checks": {"positive_data_acceptance": {"expected-statuses": [*BY_CONTENT, "410"]}},
                },
            ],
        }
    ),
)


_keys = count(1)


@dataclass(frozen=True)
class Reality:
    """Somebody with many roles, and things that are there for them to ask about."""

    person: int
    token: str
    unit_code: str
    obligations: Iterator[int]
    evidence_id: int
    extension_id: int
    excuse_id: int
    task_id: int
    webhook_id: int
    link: str
    feed: str

    def things(self) -> dict[str, Any]:
        known = self.__dict__ | {"period": PERIOD, "measure_number": 1, "obligation_id": next(self.obligations)}
        return {name: known[name] for name in known.keys() - {"person", "token", "obligations"}}


@pytest.fixture(scope="module")
def reality(api: Api) -> Reality:
    code = fresh_unit()
    person = api.person(
        (Role.OPERATOR, Place(unit_id=api.unit(code))), (Role.VERIFIER, Place()), (Role.MINISTRY, Place())
    )
    token, owed = api.token(person), api.obligations(code)
    client, other_code = api.client(token), fresh_unit()
    other = api.operator(other_code)
    sent(api, other, api.obligations(other_code)[0])
    fill(api)
    asked = {"unit_code": other_code, "until": "2022-09-10T00:00:00+07:00", "reason": "x"}
    excused = {"obligation_id": api.obligations(other_code)[1], "kind": "excused", "justification": "x"}
    return Reality(
        person=person,
        token=token,
        unit_code=code,
        obligations=cycle(owed),
        evidence_id=client.post(f"/api/v1/units/{code}/evidence?file_name=a.txt&kind=foto", content=b"satu").json()[
            "evidence"
        ]["id"],
        extension_id=other.post(f"/api/v1/periods/{PERIOD}/extensions", json=asked).json()["id"],
        excuse_id=other.post(f"/api/v1/periods/{PERIOD}/excuses", json=excused).json()["id"],
        task_id=task_of(api, api.obligations(other_code)[0]),
        webhook_id=client.post("/api/v1/webhooks", json={"name": "schema", "url": "https://a.go.id/"}).json()["id"],
        link=link(api).rpartition("/")[2],
        feed=feed(api, code)[1].rpartition("/")[2].removesuffix(".ics"),
    )


@schema.parametrize()
@settings(max_examples=20, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_document_is_kept(case: Case, api: Api, reality: Reality) -> None:
    made_up = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
    path = case.meta and case.meta.components.get(ParameterLocation.PATH)
    if not made_up and (path is None or path.mode is GenerationMode.POSITIVE):
        case.path_parameters |= {
            name: value for name, value in reality.things().items() if name in case.path_parameters
        }
    # Keys are good for one request; the examples of the document share one.
    named = case.meta and case.meta.components.get(ParameterLocation.HEADER)
    if "Idempotency-Key" in case.headers and (named is None or named.mode is GenerationMode.POSITIVE):
        case.headers["Idempotency-Key"] = f"{next(_keys)}-{case.headers['Idempotency-Key']}"[:200]
    # Signing out ends the token that is sent.
    ends = case.operation.path.endswith("/sign-out")
    token = api.token(reality.person) if ends else reality.token
    case.call_and_validate(base_url=api.base_url, headers={"Authorization": f"Bearer {token}"})
