"""What a collector of traces gets over OTLP/HTTP, on the loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    endpoint: str = ""
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[tuple[str, str]]:
        """Scope and name of each; the scope is the library that made it."""
        found = []
        for body in self.bodies:
            said = ExportTraceServiceRequest.FromString(body)
            for resource in said.resource_spans:
                for scope in resource.scope_spans:
                    found += [(scope.scope.name, span.name) for span in scope.spans]
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    made = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is for what fails."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    made.endpoint = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
