"""The OpenAPI document: valid, whole, and with an example for everything that is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from ranham.api.app import build

DOCUMENT: dict[str, Any] = build().openapi()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
OPERATION_IDS = {
    "ask_opd", "attach_evidence", "change_password", "confirm_contact", "correct_contact", "get_calendar",
    "get_calendar_feed", "get_contact", "list_deliveries", "list_reminder_digests", "list_reminder_effect", "list_reminders", "report_delivery", "unsubscribe_contact", "use_contact_page", "decide_excuse", "decide_extension", "decide_task",
    "delete_evidence", "detach_evidence", "download_evidence", "get_evidence", "get_liveness", "get_me",
    "get_period_status", "get_readiness", "get_report", "get_status", "list_ageing", "list_excuses", "list_extensions", "list_periods", "list_reports",
    "list_tasks", "preview_report", "reopen_report", "request_excuse", "request_extension", "send_report", "sign_in",
    "sign_in_with_id_token", "sign_out", "take_task", "upload_evidence", "write_answer", "list_releases", "get_release",
    "list_release_figures", "download_release", "list_documents", "download_document", "explain_release", "add_webhook", "list_webhooks", "test_webhook",
    "withdraw_webhook",
}  # fmt: skip


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["servers"] == [{"url": "/"}]


def test_clients_can_rely_on_the_names_of_operations() -> None:
    assert {operation["operationId"] for _, operation in OPERATIONS} == OPERATION_IDS


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, operation in OPERATIONS:
        for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} takes {media_type}", media
        for status, response in operation["responses"].items():
            for media_type, media in response.get("content", {}).items():
                yield f"{name} answers {status} {media_type}", media


@pytest.mark.parametrize("media", [pytest.param(media, id=name) for name, media in bodies()])
def test_every_document_has_an_example_that_fits(media: dict[str, Any]) -> None:
    if media["schema"].get("format") == "binary":
        return
    schema = media["schema"] | {"components": DOCUMENT["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(media["example"])


@pytest.mark.parametrize("operation", [pytest.param(operation, id=name) for name, operation in OPERATIONS])
def test_every_operation_says_how_it_refuses(operation: dict[str, Any]) -> None:
    assert operation["tags"]
    assert operation["summary"]
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            # Links of messages are opened in browsers, which get the same as a page.
            pages = {"text/html"} if operation["operationId"] in ("get_contact", "use_contact_page") else set()
            assert set(response["content"]) == {"application/problem+json"} | pages, status
    assert {"422", "500", "503"} <= operation["responses"].keys()


def test_parameters_have_examples_or_say_all_they_can_be() -> None:
    silent = [
        (name, parameter["name"])
        for name, operation in OPERATIONS
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path" and "example" not in str(parameter)
    ]
    assert silent == []
