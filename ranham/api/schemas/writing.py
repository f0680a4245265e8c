"""What is written into reports, and what comes back."""

from typing import Annotated

from pydantic import Field, model_validator

from ranham.api.schemas.fields import WORDS, Id, Inbound, Instant, Number, Outbound, Reason, Value, Words, example
from ranham.submission.models import Answer, Timeliness
from ranham.submission.states import State


class AnswerIn(Inbound):
    model_config = example({"answer": "achieved", "value": 120, "note": "Dua kali pertemuan"})

    answer: Answer | None
    value: Value | None = None
    note: Words | None = None


class WrittenAnswerOut(Outbound):
    model_config = example({
                    "measure_number": 1, "version": 3, "answer": "achieved", "value": "120",
                    "note": "Dua kali pertemuan", "opd": None, "written_by": "person:12",
                    "written_at": "2022-09-05T03:00:00Z", "report_state": "draft",
                })  # fmt: skip

    measure_number: int
    version: int
    """Of this answer: its etag is the number in quotes."""
    answer: Answer | None
    value: Number | None
    note: str | None
    opd: str | None
    written_by: str
    written_at: Instant
    report_state: State


class AskIn(Inbound):
    model_config = example({"opd": "Dinas Sosial"})

    opd: Annotated[str, Field(min_length=1, max_length=200, pattern=WORDS)] | None
    """Name of the local agency, as in its people's roles; null takes the question back."""


class SentAnswerIn(Inbound):
    model_config = example(
        {"measure_number": 1, "answer": "achieved", "value": 120, "note": None, "evidence_ids": [41]}
    )

    measure_number: Annotated[int, Field(ge=1, le=1000)]
    answer: Answer
    value: Value | None = None
    note: Words | None = None
    evidence_ids: Annotated[tuple[Id, ...], Field(max_length=100)] = ()


class SubmissionIn(Inbound):
    model_config = example(
        {"answers": [{"measure_number": 1, "answer": "achieved", "value": 120, "evidence_ids": [41]}]}
    )

    answers: Annotated[list[SentAnswerIn], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _once_each(self) -> "SubmissionIn":
        numbers = [each.measure_number for each in self.answers]
        if len(set(numbers)) < len(numbers):
            twice = sorted({number for number in numbers if numbers.count(number) > 1})
            raise ValueError(f"one answer for each measure, but there are several for {twice}")
        return self


class ReceiptOut(Outbound):
    """What was received. It is in the database when this arrives."""

    model_config = example({
                    "report_id": 77, "submission_id": 9001, "revision": 1, "state": "submitted", "version": 3,
                    "timeliness": "on_time", "complete": True, "achieved": True, "unchanged": False,
                    "received_at": "2022-09-05T03:00:00Z",
                })  # fmt: skip

    report_id: int
    submission_id: int
    revision: int
    state: State
    version: int
    timeliness: Timeliness
    complete: bool
    achieved: bool
    unchanged: bool
    """The same content was received before: this is the receipt of then."""
    received_at: Instant


class ReopeningIn(Inbound):
    model_config = example({"reason_code": "error", "remark": "Berkas yang salah dikirim"})

    reason_code: Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]
    remark: Reason


class StateOut(Outbound):
    model_config = example({"state": "reopened", "version": 6})

    state: State
    version: int
