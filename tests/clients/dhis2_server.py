"""What a client of DHIS2 talks to: keeps metadata and values, and refuses values of things that it does not know."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from ranham.release.formats.dhis2_ids import DEFAULT_COMBINATION


@dataclass(slots=True)
class Dhis2:
    given: bytes
    """The document of data values that it has."""
    address: str = ""
    known: dict[str, set[str]] = field(default_factory=dict)
    received: list[dict[str, str]] = field(default_factory=list)

    def answer(self, path: str, body: bytes | None) -> dict[str, Any] | bytes:
        if body is None:
            return self.given
        said = json.loads(body)
        if path == "/api/metadata":
            self.known = {kind: {each["id"] for each in listed} for kind, listed in said.items()}
            return {"status": "OK", "stats": {"created": sum(map(len, self.known.values()))}, "typeReports": []}
        values = said["dataValues"]
        conflicts = [{"object": str(value), "value": "unknown"} for value in values if not self._knows(value)]
        self.received += values
        return {"status": "SUCCESS", "imported": len(values), "total": len(values), "conflicts": conflicts}

    def _knows(self, value: dict[str, str]) -> bool:
        return (
            value["dataElement"] in self.known["dataElements"]
            and value["orgUnit"] in self.known["organisationUnits"]
            and value.get("categoryOptionCombo", DEFAULT_COMBINATION)
            in {*self.known["categoryOptionCombos"], DEFAULT_COMBINATION}
        )


@contextmanager
def dhis2(given: bytes) -> Iterator[Dhis2]:
    kept = Dhis2(given)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(None)

        def do_POST(self) -> None:
            self._send(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what was received."""

        def _send(self, body: bytes | None) -> None:
            answer = kept.answer(urlsplit(self.path).path, body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    kept.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
