"""Where the steps of the reporting cycle stand."""

from typing import Annotated

from pydantic import Field

from ranham.api.schemas.fields import Inbound, Instant, Outbound, example

STEP = {
    "period": "RANHAM-V:2022-B08", "step": "roll_up", "last": "failed", "run_id": 41,
    "started_at": "2022-09-05T03:00:00Z", "ended_at": "2022-09-05T03:00:04Z", "seconds": 4.0, "rows": None,
    "error": "OperationalError: the disk is full", "flow_run_id": "5b1c0d0e-7f3a-4c57-9a53-0f8d6f6c2a11",
    "flow_run_url": "http://127.0.0.1:4200/runs/flow-run/5b1c0d0e-7f3a-4c57-9a53-0f8d6f6c2a11",
    "due": True, "due_since": "2022-09-05T02:55:00Z", "next_due": None, "late": True, "late_seconds": 1900,
    "skipped": False, "lease_holder": None, "lease_seconds": None, "lease_until": None, "lease_long": False,
    "action": "run again once the cause is mended; the tick does it too",
    "command": "ranham cycle rerun RANHAM-V:2022-B08 roll_up",
}  # fmt: skip


class StatusFilter(Inbound):
    late: Annotated[bool, Field(description="Only what is late, or whose lease is held too long.")] = False


class StepStatusOut(Outbound):
    model_config = example(STEP)

    period: str
    step: str
    last: str
    """State of the last run; `never` where there was none."""
    run_id: int | None
    started_at: Instant | None
    ended_at: Instant | None
    seconds: float | None
    rows: int | None
    error: str | None
    flow_run_id: str | None
    flow_run_url: str | None
    due: bool
    due_since: Instant | None
    next_due: Instant | None
    late: bool
    late_seconds: int | None
    skipped: bool
    lease_holder: str | None
    lease_seconds: int | None
    """For how long it has been held."""
    lease_until: Instant | None
    lease_long: bool
    action: str
    """What is safe to do now."""
    command: str | None


class StatusOut(Outbound):
    model_config = example({"items": [STEP]})

    items: list[StepStatusOut]
