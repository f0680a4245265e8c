"""Who asks, behind a reverse proxy: what a stranger says about it is not believed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.api.serving import serving

CLAIMED = "203.0.113.7"


@pytest.fixture
def clients(
    national: Engine, application_address: Callable[[str], str], tmp_path: Path
) -> Callable[[dict[str, str]], set[str]]:
    """Addresses in the access log of a server that is asked from the loopback with a claim."""

    def ask(said: dict[str, str]) -> set[str]:
        surroundings = {
            "RANHAM_DATABASE_URL": national.url.render_as_string(hide_password=False),
            "RANHAM_APP_DATABASE_URL": application_address(str(national.url.database)),
            "RANHAM_DATA_DIR": str(tmp_path),
            "FORWARDED_ALLOW_IPS": "*",  # the library's own variable must not open what ours keeps closed
            **said,
        }
        with (tmp_path / "log").open("w+b") as log:
            with serving(national, surroundings, log) as api:
                claim = {"X-Forwarded-For": CLAIMED, "X-Forwarded-Proto": "https"}
                client = api.client()
                for path in (
                    "/api/v1/openapi.json",
                    "/health/live",
                ):  # the second is answered after the first is logged
                    client.get(path, headers=claim)
            log.seek(0)
            lines = [json.loads(line) for line in log if line.startswith(b"{")]
        return {line["client"] for line in lines if line["path"] == "/api/v1/openapi.json"}

    return ask


def test_forwarded_for_is_believed_only_from_a_proxy_that_is_named(
    clients: Callable[[dict[str, str]], set[str]],
) -> None:
    assert clients({}) == {"127.0.0.1"}
    assert clients({"RANHAM_TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1"}) == {"127.0.0.1"}
    assert clients({"RANHAM_TRUSTED_PROXIES": "10.0.0.0/8,127.0.0.1"}) == {CLAIMED}
