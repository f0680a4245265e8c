"""/metrics for Prometheus: from this machine, or with the token of a file."""

import hmac
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from fastapi import APIRouter, Request
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.responses import Response

from ranham.api.kinds import NotReady, Unauthenticated
from ranham.cycle.measures import Measures, measures
from ranham.cycle.models import RunState
from ranham.kernel.database import read_session
from ranham.kernel.errors import NotFound
from ranham.kernel.settings import settings

router = APIRouter()
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers that a proxy adds, whether it is believed or not."""


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Read anew at each request: what Prometheus stores is as old as the scrape, never older."""
    _admit(request)
    with read_session() as session:
        found = measures(session)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Found(found))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _admit(request: Request) -> None:
    """Somebody elsewhere without a token is told that there is nothing here."""
    file = settings().metrics_token_file
    if file is None:
        # Behind a proxy on this machine everybody would seem to be here.
        through = any(name in request.headers for name in FORWARDED)
        if through or not _is_here(request.client.host if request.client else ""):
            raise NotFound("no resource /metrics")
        return
    try:
        lines = file.read_text("utf-8").splitlines()
    except OSError as error:
        raise NotReady("the file of RANHAM_METRICS_TOKEN_FILE cannot be read") from error
    token = lines[0].strip() if lines else ""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Unauthenticated("send the header Authorization: Bearer with the token for metrics")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Found(Collector):
    def __init__(self, found: Measures) -> None:
        self.found = found

    def collect(self) -> Iterator[Metric]:
        found = self.found
        yield GaugeMetricFamily("ranham_open_periods", "Periods that are open.", value=len(found.open_periods))
        missing = GaugeMetricFamily(
            "ranham_reports_missing", "Obligations without a report, of open periods.", labels=["period", "level"]
        )
        owed = GaugeMetricFamily("ranham_reports_owed", "Obligations that are not excused.", labels=["period", "level"])
        for each in found.missing:
            missing.add_metric([each.period, each.level], each.missing)
            owed.add_metric([each.period, each.level], each.owed)
        yield from (missing, owed)
        yield _times("ranham_rollup_timestamp_seconds", "Last count of an open period.", "period", found.rolled_up)
        yield from self._messages()
        yield from self._runs()

    def _messages(self) -> Iterator[Metric]:
        labels = ["state", "channel"]
        number = GaugeMetricFamily("ranham_deliveries", "Deliveries by state.", labels=labels)
        oldest = GaugeMetricFamily(
            "ranham_deliveries_oldest_timestamp_seconds", "Since when the oldest is in its state.", labels=labels
        )
        for each in self.found.deliveries:
            number.add_metric([each.state, each.channel], each.deliveries)
            oldest.add_metric([each.state, each.channel], each.oldest.timestamp())
        yield from (number, oldest)
        yield GaugeMetricFamily("ranham_notices", "Notices that nobody has taken.", value=self.found.notices)
        if self.found.oldest_notice is not None:
            since = self.found.oldest_notice.timestamp()
            yield GaugeMetricFamily("ranham_notices_oldest_timestamp_seconds", "The oldest of them.", value=since)

    def _runs(self) -> Iterator[Metric]:
        held = GaugeMetricFamily("ranham_lease_held_seconds", "How long a lease is held.", labels=["subject"])
        for subject, holder in self.found.holders.items():
            held.add_metric([subject], holder.held.total_seconds())
        yield held
        last = GaugeMetricFamily(
            "ranham_last_run_timestamp_seconds", "Start of the last run.", labels=["period", "step", "state"]
        )
        good = GaugeMetricFamily("ranham_last_run_good", "0: it failed or was lost.", labels=["period", "step"])
        for (period, step), run in self.found.last_runs.items():
            last.add_metric([period, step, run.state.value], run.started_at.timestamp())
            good.add_metric([period, step], 0 if run.state in (RunState.FAILED, RunState.LOST) else 1)
        yield from (last, good)


def _times(name: str, words: str, label: str, found: dict[str, datetime]) -> Metric:
    made = GaugeMetricFamily(name, words, labels=[label])
    for value, at in found.items():
        made.add_metric([value], at.timestamp())
    return made
