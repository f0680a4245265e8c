"""Says of earlier runs of a deployment that they are over, which their hosts could not say any more."""

from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException
from prefect.logging import get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.states import Crashed


def say_over() -> int:
    """For a flow whose deployment lets one run at a time begin: that we have begun shows that the others are gone.

    How many there were. Our own records tell what they left (`ranham status`); this is only so that Prefect's pages say
    the same, and does nothing where no deployment was asked for. One that was paused and goes on is kept from writing by
    the fence of its lease.
    """
    if not (deployment.id and flow_run.id):
        return 0
    running = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[UUID(deployment.id)]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])),
    )
    try:
        with get_client(sync_client=True) as client:
            gone = [each for each in client.read_flow_runs(flow_run_filter=running) if str(each.id) != flow_run.id]
            for each in gone:
                message = "its host went away without a word; what it left is done by a later run"
                client.set_flow_run_state(each.id, Crashed(message=message), force=True)
    except (PrefectException, httpx.HTTPError) as failed:  # a view, not the work
        get_run_logger().warning("earlier runs may show as running: %s", failed)
        return 0
    return len(gone)
