"""A reporter and a verifier's desk for the tests, through the public doors."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.obligation import service as obligation
from ranham.plan import service as plan
from ranham.plan.policy import STARTING_VALUES
from ranham.plan.queries import PeriodInfo, find_period, find_plan_year
from ranham.plan.schemas import PlanFile
from ranham.plan.source import plan_path, read_plan
from ranham.submission.models import Report
from ranham.submission.reports import Cause, lock_report, move
from ranham.submission.states import Event
from ranham.verification import service
from ranham.verification.queries import AnswerRow, Desk, TaskRow, answers, queue
from ranham.verification.rules import Aspect, Decision, Mark, MeasureMark, ReasonCode, Verdict
from tests.compliance import reports

NOW = datetime(2022, 9, 8, 3, tzinfo=UTC)
"""On the second day of the central verification of 2022-B08."""
CLOSE_AFTER = 30
OWN_PLAN = "RANHAM-W"
SERANG, KOTA_SERANG, BANTEN, KL = "36.04", "36.73", "36", "KL-01"


def b08(session: Session) -> PeriodInfo:
    """Of the plan that the test loaded itself, else of the shipped one."""
    regulation = session.scalar(text("SELECT code FROM regulation WHERE code = :own"), {"own": OWN_PLAN})
    return find_period(session, f"{regulation or 'RANHAM-V'}:2022-B08")


def load_own_plan(session: Session, **verification: Any) -> None:
    """The plan of 2022 again, as another regulation that says how its reports are verified."""
    raw = read_plan(plan_path("ranham-v-2022")).model_dump(mode="json")
    raw["regulation"]["code"] = OWN_PLAN
    raw["years"][0]["verification"] = STARTING_VALUES.model_dump(mode="json") | verification
    plan.load_plan(session, PlanFile.model_validate(raw), now=NOW)
    obligation.freeze(session, find_plan_year(session, 2022, OWN_PLAN), now=NOW)


def office_id(session: Session, key: str) -> int:
    return session.execute(text("SELECT id FROM verifying_office WHERE key = :key"), {"key": key}).scalar_one()


def unit_id(session: Session, code: str) -> int:
    return session.execute(
        text("SELECT unit_id FROM unit_version WHERE code = :code AND valid_to IS NULL"), {"code": code}
    ).scalar_one()


def obligation_id(session: Session, unit_code: str, number: int = 0) -> int:
    """The unit's obligation of 2022, by the order of its actions."""
    found = session.scalars(
        text("""SELECT o.id FROM obligation o JOIN unit_version v ON v.unit_id = o.unit_id AND v.valid_to IS NULL
                WHERE v.code = :code AND o.plan_year_id = :year ORDER BY o.action_id"""),
        {"code": unit_code, "year": b08(session).plan_year_id},
    ).all()
    return int(found[number])


def send(session: Session, unit_code: str, number: int = 0, **facts: Any) -> int:
    """A report comes in as a file; gives its obligation. A returned one is sent again by its operator."""
    owed, period = obligation_id(session, unit_code, number), b08(session)
    reports.report(session, owed, period.id, **facts)
    report = session.query(Report).filter_by(obligation_id=owed, period_id=period.id).one_or_none()
    if report is not None:
        held = lock_report(session, owed, period.id, now=NOW)
        move(session, held, Event.SUBMIT, Cause("operator", NOW))
    session.flush()
    return owed


def fill(session: Session, now: datetime = NOW) -> service.Filled:
    return service.fill_queue(session, b08(session), now=now)


def tasks(session: Session, *, now: datetime = NOW, second: bool = False, **filters: Any) -> list[TaskRow]:
    """First readings, or second ones: what is drawn hangs on ids, so a test says which it means."""
    page = queue(session, b08(session), now=now, limit=1000, **({"desk": Desk.ALL} | filters))
    return [row for row in page.rows if row.second_reading is second]


def only(session: Session, **filters: Any) -> TaskRow:
    (row,) = tasks(session, **filters)
    return row


def full(session: Session, task_id: int, mark: Mark = Mark.FULFILLED) -> list[MeasureMark]:
    """The same mark for every measure."""
    reason = None if mark is Mark.FULFILLED else ReasonCode.INCOMPLETE
    asked: list[AnswerRow] = answers(session, task_id)
    return [MeasureMark(row.measure_no, aspect, mark, reason) for row in asked for aspect in Aspect]


def accept(session: Session, task_id: int, by: str, *, mark: Mark = Mark.FULFILLED, **more: Any) -> service.Outcome:
    """Take and accept."""
    now = more.get("now", NOW)
    service.take(session, task_id, by=by, now=now)
    decision = Decision(Verdict.ACCEPT, full(session, task_id, mark))
    return service.decide(session, task_id, decision, by=by, close_after_days=CLOSE_AFTER, **({"now": NOW} | more))


def give_back(session: Session, task_id: int, by: str, **more: Any) -> service.Outcome:
    """Take and return for the first measure."""
    now = more.get("now", NOW)
    service.take(session, task_id, by=by, now=now)
    first = answers(session, task_id)[0].measure_no
    mark = MeasureMark(first, Aspect.SUBSTANTIVE, Mark.NOT_FULFILLED, ReasonCode.OFF_MEASURE, "foto bukan kegiatan ini")
    decision = Decision(Verdict.RETURN, [mark], ReasonCode.OFF_MEASURE, "perbaiki ukuran 1")
    return service.decide(session, task_id, decision, by=by, close_after_days=CLOSE_AFTER, **({"now": NOW} | more))


def state(session: Session, owed: int) -> str:
    return session.execute(
        text("SELECT state FROM report WHERE obligation_id = :o AND period_id = :p"),
        {"o": owed, "p": b08(session).id},
    ).scalar_one()


def days(count: float) -> timedelta:
    return timedelta(days=count)
