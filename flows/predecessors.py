"""Says of earlier runs that they are over, which their hosts could not say any more."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
    TaskRunFilter,
    TaskRunFilterId,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import PrefectException
from prefect.logging import get_run_logger
from prefect.runtime import deployment, flow_run
from prefect.states import Crashed

from flows.heartbeat import silent
from ranham.kernel import clock

TAG = "ranham"
"""On every run of ours: deployments give it to theirs, and `scheduled` to the runs that those begin."""
STAND_IN = "ranham-over"
"""A limit that limits nothing: what a buried run gives back is taken from it."""
NEVER_BEGAN = timedelta(seconds=300)
"""For so long Prefect keeps the slot of a run that its worker has taken and not begun."""
MESSAGE = "its host went away without a word; what it left is done by a later run"


def say_over() -> int:
    """For a flow whose deployment lets one run at a time begin: that we have begun shows that silent others are gone.

    How many there were: of this deployment, of those without a slot, and runs that dead runs had begun. Of other
    deployments their own next run says it. Who was heard of lives and is left alone. Our own records tell what they
    left (`ranham status`); this is only so that Prefect's pages say the same, and does nothing where no deployment was
    asked for. One that was paused and goes on is kept from writing by the fence of its lease.
    """
    if not (deployment.id and flow_run.id):
        return 0
    try:
        with get_client(sync_client=True) as client:
            gone = _gone(client, UUID(deployment.id), now=clock.real_now())
            for run in gone:
                _bury(client, run)
            return len(gone) + _bury_children(client, now=clock.real_now())
    except (PrefectException, httpx.HTTPError) as failed:  # a view, not the work
        get_run_logger().warning("earlier runs may show as running: %s", failed)
        return 0


def _at_work(client: SyncPrefectClient) -> list[FlowRun]:
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING]))
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[TAG]), state=state)
    return [run for run in client.read_flow_runs(flow_run_filter=wanted) if str(run.id) != flow_run.id]


def _gone(client: SyncPrefectClient, own: UUID, *, now: datetime) -> list[FlowRun]:
    """Silent runs whose slot is none or ours."""
    deployed = client.read_deployments(
        deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])),
    )
    ours = {own, *(each.id for each in deployed if each.global_concurrency_limit is None)}
    found = (run for run in _at_work(client) if run.deployment_id in ours)
    return [run for run in found if _over(client, run, own, now)]


def _over(client: SyncPrefectClient, run: FlowRun, own: UUID, now: datetime) -> bool:
    if run.state is not None and run.state.type is StateType.PENDING:
        return run.state.timestamp < now - NEVER_BEGAN
    # One by hand may have a worker that sends no heartbeats; the automation tells of those that do.
    return run.deployment_id == own and silent(client, run, now=now)


def _bury(client: SyncPrefectClient, run: FlowRun) -> None:
    """Show it as crashed, and give back none of the slots of its deployment.

    Prefect gives back the slot of a run that ends; where its lease has run out, it takes one of its deployment, which by
    now is that of the present run. So the dead one gets a lease of a limit of its own first, and gives that back.
    """
    if run.deployment_id and run.state:
        client.upsert_global_concurrency_limit_by_name(STAND_IN, limit=1000)
        lease = client.increment_concurrency_slots_with_lease([STAND_IN], 1, "concurrency", 60).json()["lease_id"]
        details = run.state.state_details.model_copy(update={"deployment_concurrency_lease_id": UUID(lease)})
        same = State(type=run.state.type, name=run.state.name, message=MESSAGE, state_details=details)
        client.set_flow_run_state(run.id, same, force=True)
    client.set_flow_run_state(run.id, Crashed(message=MESSAGE), force=True)


def _bury_children(client: SyncPrefectClient, *, now: datetime) -> int:
    """Runs that another had begun, which is over, and which are silent themselves."""
    buried = 0
    for run in _at_work(client):
        if run.parent_task_run_id and _parent_is_over(client, run.parent_task_run_id) and silent(client, run, now=now):
            _bury(client, run)
            buried += 1
    return buried


def _parent_is_over(client: SyncPrefectClient, task_run: UUID) -> bool:
    """Of a parent that is not known any more, too."""
    tasks = client.read_task_runs(task_run_filter=TaskRunFilter(id=TaskRunFilterId(any_=[task_run])))
    parents = [each.flow_run_id for each in tasks if each.flow_run_id]
    found = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=parents))) if parents else []
    return all(parent.state is not None and parent.state.is_final() for parent in found)
