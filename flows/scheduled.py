"""What every flow that a schedule begins does around its work: one run at a time, and no run of the dead beside it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect import tags
from prefect.context import FlowRunContext

from flows import slot
from flows.predecessors import TAG, say_over

P = ParamSpec("P")
R = TypeVar("R")


def scheduled(work: Callable[P, R]) -> Callable[P, R]:
    """Keeps the slot, says of dead predecessors that they are over, and marks the runs that this one begins as ours.

    In a run that another flow began nothing is done: that one has done it.
    """

    @wraps(work)
    def begun(*args: P.args, **kwargs: P.kwargs) -> R:
        context = FlowRunContext.get()
        run = context.flow_run if context else None
        if run is None or run.parent_task_run_id is not None:
            return work(*args, **kwargs)
        lease = run.state.state_details.deployment_concurrency_lease_id if run.state else None
        with tags(TAG), slot.kept(lease):
            say_over()
            return work(*args, **kwargs)

    return begun
