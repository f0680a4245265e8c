"""Work of the verifiers."""

from typing import Annotated

from pydantic import Field

from ranham.api.schemas.fields import Cursor, Inbound, Instant, Limit, Number, Outbound, Words, example
from ranham.submission.models import Answer, Timeliness
from ranham.submission.states import State
from ranham.verification.queries import TaskState
from ranham.verification.rules import Aspect, Mark, ReasonCode, Tier, Verdict

TASK = {
    "task_id": 12, "state": "waiting", "tier": "pre_check", "round": 1, "second_reading": False, "office": "kanwil-36",
    "unit_code": "36.04", "unit_name": "Kabupaten Serang", "action_code": "D1", "revision": 1, "timeliness": "on_time",
    "complete": True, "verifier": None, "created_at": "2022-09-06T17:00:00Z", "due_at": "2022-09-11T17:00:00Z",
    "overdue_days": 0, "report_id": 77, "report_state": "submitted", "version": 3,
}  # fmt: skip
READ = {
    "measure_no": 1, "text_id": "Jumlah peserta", "required": True, "evidence_wanted": ["daftar_hadir"],
    "answer": "achieved", "value": "120", "note": None, "evidence": ["9f86d0"],
}  # fmt: skip
AGEING = {
    "office": "kanwil-36", "tier": "pre_check", "open": 4, "first_half": 2, "second_half": 1, "overdue": 1,
    "long_overdue": 0, "unallocated": 3, "oldest_due_at": "2022-09-11T17:00:00Z", "second_readings": 0,
}  # fmt: skip
Period = Annotated[
    str,
    Field(
        description="Label of the period.",
        pattern=r"^([0-9A-Za-z_.-]{1,40}:)?[0-9]{4}-[0-9A-Za-z]{1,10}$",
        examples=["2022-B08"],
    ),
]


class PeriodFilter(Inbound):
    period: Period


class QueueFilter(Inbound):
    period: Period
    office: Annotated[
        str | None,
        Field(
            description="Key of a Kanwil, `central` or `all`; without it the own desk.", pattern=r"^[a-z0-9-]{1,40}$"
        ),
    ] = None
    state: TaskState = TaskState.OPEN
    mine: Annotated[bool, Field(description="Only what is with the person.")] = False
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 50


class TaskOut(Outbound):
    model_config = example(TASK)

    task_id: int
    state: TaskState
    tier: Tier
    round: int
    second_reading: bool
    office: str
    unit_code: str | None
    unit_name: str
    action_code: str
    revision: int | None
    timeliness: Timeliness | None
    complete: bool | None
    verifier: str | None
    created_at: Instant
    due_at: Instant
    overdue_days: int
    report_id: int
    report_state: State
    version: int


class QueueOut(Outbound):
    model_config = example({"items": [TASK], "next": None})

    items: list[TaskOut]
    next: str | None


class ReadAnswerOut(Outbound):
    model_config = example(READ)

    measure_no: int
    text_id: str
    required: bool
    evidence_wanted: list[str]
    answer: Answer | None
    value: Number | None
    note: str | None
    evidence: list[str] | None


class TakenOut(Outbound):
    model_config = example({"task_id": 12, "report_id": 77, "submission_id": 9001, "version": 4, "answers": [READ]})

    task_id: int
    report_id: int
    submission_id: int
    version: int
    """Of the report; its etag is the number in quotes, to be said with the decision."""
    answers: list[ReadAnswerOut]
    """What is to be read."""


class MarkIn(Inbound):
    model_config = example(
        {"measure_number": 1, "aspect": "administrative", "mark": "fulfilled", "reason_code": None, "remark": None}
    )

    measure_number: Annotated[int, Field(ge=1, le=1000)]
    aspect: Aspect
    mark: Mark
    reason_code: ReasonCode | None = None
    remark: Words | None = None


class DecisionIn(Inbound):
    model_config = example(
        {
            "verdict": "return",
            "marks": [
                {
                    "measure_number": 1,
                    "aspect": "administrative",
                    "mark": "not_fulfilled",
                    "reason_code": "no_signature",
                }
            ],
            "reason_code": None,
            "remark": "Notulen tanpa tanda tangan",
        }
    )

    verdict: Verdict
    marks: Annotated[tuple[MarkIn, ...], Field(max_length=2000)] = ()
    reason_code: ReasonCode | None = None
    remark: Words | None = None


class OutcomeOut(Outbound):
    model_config = example(
        {
            "decision_id": 5, "verdict": "return", "score_bp": None, "new_deadline": "2022-09-14T17:00:00Z",
            "state": "returned", "version": 5,
        }
    )  # fmt: skip

    decision_id: int
    verdict: Verdict
    """Accepting in a tier that is not the last passes the report on."""
    score_bp: int | None
    new_deadline: Instant | None
    state: State
    version: int


class AgeingRowOut(Outbound):
    model_config = example(AGEING)

    office: str
    tier: Tier
    open: int
    first_half: int
    second_half: int
    overdue: int
    long_overdue: int
    unallocated: int
    oldest_due_at: Instant
    second_readings: int


class AgeingOut(Outbound):
    model_config = example({"items": [AGEING]})

    items: list[AgeingRowOut]
