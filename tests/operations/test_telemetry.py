"""Traces by configuration alone: what is started under `opentelemetry-instrument` tells a collector, and tells no secret."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from flows import server
from tests.flows.conftest import prefect
from tests.operations.collector import Collector, collecting
from tests.operations.farm import ROOT, until
from tests.patience import PATIENCE_SECONDS

__all__ = ["prefect"]
INSTRUMENT = str(Path(sys.executable).parent / "opentelemetry-instrument")
REQUEST = ("opentelemetry.instrumentation.fastapi", "GET /api/v1/status")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def telling(collector: Collector) -> dict[str, str]:
    """The settings that docs/production.md names."""
    return {
        **os.environ,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_SERVICE_NAME": "ranham",
        "OTEL_PYTHON_FASTAPI_EXCLUDED_URLS": "/contacts/,/calendars/,/health/,/metrics",
        "OTEL_PYTHON_FASTAPI_EXCLUDE_SPANS": "send,receive",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "PYTHONPATH": str(ROOT),
    }


def test_requests_and_statements_are_traced_without_a_token(application: Engine, collector: Collector) -> None:
    port = server.free_port()
    with subprocess.Popen(
        [INSTRUMENT, sys.executable, "-m", "ranham.api", "--port", str(port)],
        env=telling(collector), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as serving:  # fmt: skip
        try:
            base = f"http://127.0.0.1:{port}"

            def answers() -> bool:
                try:
                    return httpx.get(f"{base}/health/live", trust_env=False).status_code == httpx.codes.OK
                except httpx.TransportError:
                    assert serving.poll() is None
                    return False

            until(answers, "the API")
            secret = "ranham_canary_of_the_test"  # noqa: S105 - no token of anybody
            asked = httpx.get(f"{base}/api/v1/status", headers={"Authorization": f"Bearer {secret}"}, trust_env=False)
            assert asked.status_code == httpx.codes.UNAUTHORIZED
            until(lambda: REQUEST in collector.spans(), "the span of the request")
        finally:
            serving.terminate()
            serving.wait(PATIENCE_SECONDS)
            assert serving.stderr
            serving.stderr.close()
    spans = collector.spans()
    assert any("sqlalchemy" in scope for scope, _ in spans), spans
    assert not [body for body in collector.bodies if secret.encode() in body]


def test_runs_of_flows_are_traced(application: Engine, prefect: dict[str, str], collector: Collector) -> None:
    script = "from flows.deliver import deliver; deliver()"
    done = subprocess.run(
        [INSTRUMENT, sys.executable, "-c", script], env={**telling(collector), **prefect}, cwd=ROOT,
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = [name for scope, name in collector.spans() if scope.startswith("prefect")]
    assert len(names) == 2, collector.spans()  # the run of the flow, and that of its task
    assert any(name.startswith("send-due") for name in names)
