"""What goes over the wire to Prefect's server."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ranham.cycle.scheduler import ask
from ranham.cycle.status import flow_run_url
from ranham.kernel.errors import RanhamError
from ranham.kernel.settings import settings

SECRET = "operator:kata-sandi"  # noqa: S105 - of this test's own server


class Guarded(BaseHTTPRequestHandler):
    """As Prefect's server does when it has a password."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == f"Basic {base64.b64encode(SECRET.encode()).decode()}"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b'"welcome"' if known else b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is for what fails."""


@pytest.fixture
def guarded() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_password_of_prefect_comes_from_the_environment_or_a_file(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", SECRET)
    assert ask(guarded, "GET", "/") == "welcome"
    monkeypatch.delenv("PREFECT_API_AUTH_STRING")
    file = tmp_path / "auth"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING_FILE", str(file))
    assert ask(guarded, "GET", "/") == "welcome"
    assert settings().prefect_auth == tuple(SECRET.split(":"))


@pytest.mark.parametrize("place", ["", "127.0.0.1:1", "127.0.0.1:none", "[::1"])
def test_a_name_and_password_in_its_address_are_shown_nowhere(
    place: str, guarded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    where = place or guarded.removeprefix("http://")
    assert ask(f"http://{SECRET}@{guarded.removeprefix('http://')}", "GET", "/") == "welcome"
    with pytest.raises(RanhamError) as refused:
        ask(f"http://user:rahasia/lain@{where}/api", "GET", "/")
    assert f"Prefect's API at http://{where}/api " in str(refused.value)
    assert "rahasia" not in f"{refused.value}{refused.value.__cause__}"
    assert flow_run_url(f"http://{SECRET}@{where}", "7") == f"http://{where}/runs/flow-run/7"


def test_without_it_the_answer_says_which_setting_is_missing(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    with pytest.raises(RanhamError, match="set PREFECT_API_AUTH_STRING"):
        ask(guarded, "GET", "/")
