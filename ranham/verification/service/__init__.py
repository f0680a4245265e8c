"""Writes of verification: the queue is filled, allocated, taken and decided."""

from ranham.verification.service.accepting import Accepted, batch_accept
from ranham.verification.service.allocating import Allocated, allocate, declare_interests
from ranham.verification.service.deciding import NoReturn, Outcome, decide
from ranham.verification.service.filling import Filled, fill_queue
from ranham.verification.service.holding import ConflictOfInterest, TaskDone, WithAnother
from ranham.verification.service.taking import Taken, release, take

__all__ = [
    "Accepted",
    "Allocated",
    "ConflictOfInterest",
    "Filled",
    "NoReturn",
    "Outcome",
    "Taken",
    "TaskDone",
    "WithAnother",
    "allocate",
    "batch_accept",
    "decide",
    "declare_interests",
    "fill_queue",
    "release",
    "take",
]
