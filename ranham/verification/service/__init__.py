"""Writes of verification: the queue is filled, allocated, taken and decided."""

from ranham.verification.service.accepting import Accepted, batch_accept
from ranham.verification.service.allocating import Allocated, allocate, declare_interests
from ranham.verification.service.deciding import NoReturnLeft, Outcome, decide
from ranham.verification.service.filling import Filled, fill_queue
from ranham.verification.service.holding import ConflictOfInterest, TaskDone, WithAnother
from ranham.verification.service.taking import Taken, hand_back, take

__all__ = [
    "Accepted",
    "Allocated",
    "ConflictOfInterest",
    "Filled",
    "NoReturnLeft",
    "Outcome",
    "Taken",
    "TaskDone",
    "WithAnother",
    "allocate",
    "batch_accept",
    "decide",
    "declare_interests",
    "fill_queue",
    "hand_back",
    "take",
]
