"""What a flow shows when somebody else is at its period: it is skipped, which is no failure."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, get_run_logger
from prefect.exceptions import MissingResult
from prefect.states import Completed

from ranham.cycle.lease import Lost
from ranham.kernel.errors import Busy, Unavailable

P = ParamSpec("P")
R = TypeVar("R")

SKIPPED = "Skipped"


def skipped_when_busy(work: Callable[P, R]) -> Callable[P, R]:
    """The flow ends in the state Skipped, with a message who holds the lease, when it could not begin.

    Whoever calls it gets the `Busy` as its value; `result_of` raises it.

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
            # Prefect takes it for its own, and gives whoever called the flow the reason.
            return Completed(name=SKIPPED, message=str(busy), data=busy)  # type: ignore[return-value]

    return begun


def result_of(flow: Flow[..., R], *arguments: Any) -> R:
    """Run a flow from another and take what it returned; `Busy` where it was skipped.

    The value is the one in memory, never the one in the run's state: where Prefect's answer to the last state is lost
    on the way and the client asks again, it is answered with the state as the server holds it, which has no value.
    """
    try:
        value = flow(*arguments)
    except MissingResult as error:
        # In our flows only the reason of a skipped run is in its state and nowhere else; it was lost as above.
        raise Busy(f"{flow.name} gave no value, as a run that is skipped; its run in Prefect says why") from error
    if isinstance(value, Busy):
        raise value
    return value


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
