"""The OpenAPI document: what FastAPI reads off the code, with the one shape of refusals and an example for everything."""

import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.routing import compile_path

from ranham.api import kinds
from ranham.api.schemas.fields import Inbound, Outbound
from ranham.api.schemas.problem import Problem

TITLE = "RANHAM"
VERSION = "1"
DESCRIPTION = (
    "Reports on Indonesia's national action plan on human rights. Refusals are problem documents (RFC 9457). "
    "Guarantees and examples: docs/api.md."
)
TAGS = [
    {"name": "access", "description": "Sessions and passwords."},
    {"name": "reports", "description": "Periods and reports as they are read."},
    {"name": "answers", "description": "Answers of a draft, one by one."},
    {"name": "sending", "description": "Reports sent and reopened."},
    {"name": "evidence", "description": "Files that prove answers (data dukung)."},
    {"name": "extensions", "description": "More time in a period (perpanjangan)."},
    {"name": "excuses", "description": "Obligations that leave a denominator (pengecualian)."},
    {"name": "verification", "description": "The verifiers' queue and decisions."},
    {"name": "contacts", "description": "Addresses of reminders, by the links that messages carry."},
    {"name": "calendars", "description": "Deadlines as iCalendar."},
    {"name": "reminders", "description": "What the ledger of reminders has of a unit."},
    {"name": "deliveries", "description": "Messages of the outbox."},
    {"name": "status", "description": "Where the steps of the reporting cycle stand."},
    {"name": "releases", "description": "Figures as they are published, their files, and what they count."},
    {"name": "webhooks", "description": "Addresses that are told when a release is published."},
    {"name": "health", "description": "For whoever runs the service."},
]


def describe(app: FastAPI) -> dict[str, Any]:
    """Made once; it does not depend on who asks."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=TITLE, version=VERSION, description=DESCRIPTION, routes=app.routes, tags=TAGS, servers=[{"url": "/"}]
        )
        components = made.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components |= problem.pop("$defs") | {"Problem": problem}
        for name, example in _examples():
            if name in components:
                components[name]["examples"] = [example]
        for path in made["paths"].values():
            for operation in path.values():
                _exemplify(operation, components)
        app.openapi_schema = made
    return app.openapi_schema


def allowed(app: FastAPI, path: str) -> list[str]:
    """All methods of a path; the framework names those of one operation only."""
    fitting = (operations for template, operations in describe(app)["paths"].items() if _pattern(template).match(path))
    methods = {method.upper() for operations in fitting for method in operations}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


@lru_cache
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


def _examples() -> Iterator[tuple[str, Any]]:
    """Once more from the models: on its way FastAPI drops every null, and an example without them is not whole."""
    waiting: list[type[BaseModel]] = [Inbound, Outbound]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        extra = model.model_config.get("json_schema_extra")
        examples = extra.get("examples") if isinstance(extra, dict) else None
        if isinstance(examples, list):
            yield model.__name__, examples[0]


def _exemplify(operation: dict[str, Any], components: dict[str, Any]) -> None:
    """An example beside each body, taken from its schema; of refusals one with their own status."""
    contents = [operation.get("requestBody", {}).get("content", {})]
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        contents.append(content)
        problem = content.get("application/problem+json")
        if problem is not None:
            problem["example"] = _problem_example(components, int(status))
    for content in contents:
        for media in content.values():
            schema = media.get("schema", {})
            name = _named(schema)
            if name and "example" not in media and "examples" in components[name]:
                media["example"] = components[name]["examples"][0]


def _named(schema: dict[str, Any]) -> str | None:
    """The component that a schema is, also where it may be null."""
    refs = [schema.get("$ref"), *(each.get("$ref") for each in schema.get("anyOf", []))]
    found = [ref for ref in refs if ref]
    return found[0].rpartition("/")[2] if len(found) == 1 else None


def _problem_example(components: dict[str, Any], status: int) -> dict[str, Any]:
    kind = kinds.usual_kind(status)
    made = dict(components["Problem"]["examples"][0])
    made |= {"type": kind.type, "title": kind.title, "status": status, "detail": kind.title}
    if status == kinds.BAD_INPUT.status:
        made["errors"] = [
            {"pointer": "/body/value", "found": "'12,5'", "expected": "a number with a point, such as 12.5"}
        ]
    if status == HTTPStatus.CONFLICT:
        made["possible"] = ["edit", "submit"]
    return made
