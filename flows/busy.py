"""What a flow shows when somebody else is at its period: it is skipped, which is no failure."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Flow, State, get_run_logger
from prefect.states import Completed

from ranham.cycle.lease import Lost
from ranham.kernel.errors import Busy, Unavailable

P = ParamSpec("P")
R = TypeVar("R")

SKIPPED = "Skipped"


def skipped_when_busy(work: Callable[P, R]) -> Callable[P, R]:
    """The flow ends in the state Skipped, with a message who holds the lease, when it could not begin.

    The state is of the type COMPLETED: nobody has to do anything, the next tick comes back. CANCELLED would say that
    a person or a limit stopped the run, and would raise in whoever started it. A run that lost its lease at work has
    failed: it left something half done. So has one that found what it needs not answering.
    """

    @wraps(work)
    def begun(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except (Lost, Unavailable):
            raise
        except Busy as busy:
            return Completed(name=SKIPPED, message=str(busy))  # type: ignore[return-value] # Prefect takes it for its own

    return begun


def result_of(flow: Flow[..., R], *arguments: Any) -> R:
    """Run a flow from another; `Busy` where it was skipped, for which Prefect by itself gives None."""
    state = cast("State[R]", flow(*arguments, return_state=True))
    if state.name == SKIPPED:
        raise Busy(state.message)
    return state.result()


def at_each(periods: Sequence[str], work: Callable[[str], int]) -> int:
    """The sum of what was done at each period; those that somebody else is at are left. `Busy` where all are."""
    done = 0
    left: list[Busy] = []
    for period in periods:
        try:
            done += work(period)
        except Busy as busy:
            if len(periods) == 1:
                raise  # whoever asked for it tells who holds it
            left.append(busy)
            get_run_logger().info("%s left to its present holder: %s", period, busy)
    if left and len(left) == len(periods):
        raise left[0]  # nothing could be begun; the log names the holders of the others
    return done
