"""Times pairs of runs in turn, so that a drift of the machine falls on both sides."""

import statistics
import time
from collections.abc import Callable


def seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def pair(ours: Callable[[], object], theirs: Callable[[], object], *, runs: int) -> tuple[float, float]:
    """Medians of both sides, run in turn."""
    ours_took, theirs_took = [], []
    for _ in range(runs):
        theirs_took.append(seconds(theirs))
        ours_took.append(seconds(ours))
    return statistics.median(ours_took), statistics.median(theirs_took)


def row(what: str, took: float, against: str, against_took: float, floor: str) -> dict[str, object]:
    return {
        "what": what,
        "seconds": round(took, 3),
        "against": against,
        "against_seconds": round(against_took, 3),
        "ratio": round(took / against_took, 3),
        "floor": floor,
    }
