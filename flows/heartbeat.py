"""Whether a flow run gives signs of life: Prefect's engine sends one every so often, from a thread of its own."""

from datetime import datetime

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.events.filters import EventFilter, EventNameFilter, EventOccurredFilter, EventResourceFilter

from ranham.cycle.silence import HEARTBEAT, SILENCE


def silent(client: SyncPrefectClient, run: FlowRun, *, now: datetime) -> bool:
    """No heartbeat within `SILENCE`, nor did it come into its state within it."""
    since = now - SILENCE
    if run.state is None or run.state.timestamp > since:
        return False
    heard = EventFilter(
        event=EventNameFilter(name=[HEARTBEAT]),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
        occurred=EventOccurredFilter(since=since),
    )
    return not client.read_events(heard, limit=1).events
