"""When a flow run counts as dead: whoever lives is heard of, and this is for how long nobody need be."""

from datetime import timedelta

HEARTBEAT = "prefect.flow-run.heartbeat"
"""What Prefect calls the event."""
HEARTBEAT_SECONDS = 30
"""How often a flow run says that it lives; Prefect takes no less."""
SILENCE = timedelta(seconds=5 * HEARTBEAT_SECONDS)
"""One that lives is not taken for dead for a heartbeat that came late, and the next tick but one finds its slot free."""
