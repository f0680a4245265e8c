"""Reads of verification: the queue, what is read, what was decided, how far readers agree."""

from ranham.verification.queries.agreement import AgreementRow, agreement
from ranham.verification.queries.readings import AnswerRow, DecisionRow, MarkRow, answers, blind, decisions
from ranham.verification.queries.tasks import (
    PAGE,
    AgeingRow,
    Desk,
    Page,
    TaskRow,
    TaskState,
    ageing,
    escalations,
    place_of_task,
    queue,
)

__all__ = [
    "PAGE",
    "AgeingRow",
    "AgreementRow",
    "AnswerRow",
    "DecisionRow",
    "Desk",
    "MarkRow",
    "Page",
    "TaskRow",
    "TaskState",
    "ageing",
    "agreement",
    "answers",
    "blind",
    "decisions",
    "escalations",
    "place_of_task",
    "queue",
]
