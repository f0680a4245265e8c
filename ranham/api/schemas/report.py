"""Reports as they are read."""

from datetime import date

from ranham.api.schemas.fields import Instant, Number, Outbound, example
from ranham.plan.models import ZoneRule
from ranham.submission.examination import Severity
from ranham.submission.models import Answer, Timeliness
from ranham.submission.states import Event, State

PERIOD = {
    "label": "2022-B08", "regulation": "RANHAM-V", "year": 2022, "code": "B08", "opens_on": "2022-08-30",
    "closes_on": "2022-09-06", "zone_rule": "jakarta", "opened_at": "2022-08-29T17:00:00Z", "closed_at": None,
}  # fmt: skip
ROW = {
    "obligation_id": 1204, "period": "2022-B08", "unit_code": "36.04", "unit_name": "Serang", "action_code": "D1",
    "action_title": "Kebijakan pelaku usaha", "state": "draft", "version": 2, "round": 0, "revision": None,
    "timeliness": None, "complete": None, "achieved": None, "score_bp": None, "unsent": True, "excused": False,
    "not_reported": False, "deadline": "2022-09-06T17:00:00Z", "return_due_at": None, "simulated": False,
}  # fmt: skip
MEASURE = {
    "number": 1, "text": "Jumlah peserta", "unit_of_measure": "orang", "required": True,
    "evidence_kinds": ["daftar_hadir"], "value_min": "0", "value_max": None, "opd": "Dinas Sosial",
    "etag": '"3"', "draft": {"answer": "achieved", "value": "120", "note": None, "evidence_ids": [41]}, "sent": None,
}  # fmt: skip
EVENT = {
    "at": "2022-09-05T03:00:00Z", "event": "edit", "from_state": "not_started", "to_state": "draft",
    "actor": "person:12", "reason_code": None, "remark": None,
}  # fmt: skip

FINDING = {
    "code": "unanswered",
    "severity": "blocking",
    "measure_number": 2,
    "words": "ukuran wajib belum dijawab / this required measure is not answered",
}


class PeriodOut(Outbound):
    model_config = example(PERIOD)

    label: str
    regulation: str
    year: int
    code: str
    opens_on: date | None
    closes_on: date | None
    """The last day counts whole. Empty: no window is announced yet."""
    zone_rule: ZoneRule
    """Whose midnight ends the window: each unit's own, or Jakarta's."""
    opened_at: Instant | None
    closed_at: Instant | None
    """Since then its figures are final."""


class PeriodsOut(Outbound):
    model_config = example({"items": [PERIOD]})

    items: list[PeriodOut]


class ReportRowOut(Outbound):
    model_config = example(ROW)

    obligation_id: int
    period: str
    unit_code: str | None
    unit_name: str
    action_code: str
    action_title: str
    state: State
    version: int
    round: int
    revision: int | None
    timeliness: Timeliness | None
    complete: bool | None
    achieved: bool | None
    score_bp: int | None
    """Basis points: 10000 is 100."""
    unsent: bool
    """The draft says something that was not sent yet."""
    excused: bool
    not_reported: bool
    deadline: Instant | None
    """First instant that is late."""
    return_due_at: Instant | None
    simulated: bool


class ReportsOut(Outbound):
    model_config = example({"items": [ROW], "next": "/api/v1/periods/2022-B08/reports?limit=1&cursor=bzoxMjA0"})

    items: list[ReportRowOut]
    next: str | None
    """Address of the next page; empty on the last."""


class AnswerOut(Outbound):
    model_config = example({"answer": "achieved", "value": "120", "note": None, "evidence_ids": [41]})

    answer: Answer | None
    value: Number | None
    note: str | None
    evidence_ids: list[int]


class SentAnswerOut(Outbound):
    model_config = example({"answer": "achieved", "value": "120", "note": None, "evidence": ["9f86d0"]})

    answer: Answer
    value: Number | None
    note: str | None
    evidence: list[str]
    """SHA-256 of each file, or what an imported table says."""


class MeasureOut(Outbound):
    model_config = example(MEASURE)

    number: int
    text: str
    unit_of_measure: str | None
    required: bool
    evidence_kinds: list[str]
    value_min: Number | None
    value_max: Number | None
    opd: str | None
    """The local agency (OPD) that is asked."""
    etag: str | None
    """For If-Match when the answer is written; empty: write it with If-None-Match: *."""
    draft: AnswerOut | None
    sent: SentAnswerOut | None


class EventOut(Outbound):
    model_config = example(EVENT)

    at: Instant
    event: Event
    from_state: State
    to_state: State
    actor: str
    reason_code: str | None
    remark: str | None


class ReportOut(ReportRowOut):
    model_config = example(ROW
                | {
                    "measures": [MEASURE], "events": [EVENT], "possible": ["edit", "submit"],
                    "evidence_from": "2022-01-01", "evidence_to": "2022-09-06",
                })  # fmt: skip

    measures: list[MeasureOut]
    events: list[EventOut]
    possible: list[Event]
    """What the state allows now; who may do it is another question."""
    evidence_from: date | None
    evidence_to: date | None


class FindingOut(Outbound):
    model_config = example(FINDING)

    code: str
    severity: Severity
    measure_number: int | None
    words: str


class FindingsOut(Outbound):
    model_config = example({"blocking": 1, "items": [FINDING]})

    blocking: int
    """The report can be sent when there is none."""
    items: list[FindingOut]
