"""Two connections at the same thing: one gets it, the other is told, nothing is lost."""

import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.submission.reports import Cause, NotPossible, lock_report, move
from ranham.submission.states import Event, State
from ranham.verification import service
from ranham.verification.rules import Aspect, Decision, Interests, Mark, MeasureMark, ReasonCode, Verdict
from tests.compliance import reports
from tests.patience import PATIENCE_SECONDS
from tests.verification import desk
from tests.verification.desk import KL, NOW

Work = Callable[[Session], object]


def at_once(engine: Engine, works: Sequence[Work]) -> list[object]:
    """What each gave or was refused with; all begin together, each in a transaction of its own."""
    start = threading.Barrier(len(works))
    outcomes: list[object] = [None] * len(works)

    def run(number: int) -> None:
        with Session(engine, expire_on_commit=False) as session:
            session.execute(text("SELECT 1"))
            start.wait(PATIENCE_SECONDS)
            try:
                outcomes[number] = works[number](session)
                session.commit()
            except Exception as refused:  # noqa: BLE001 - shown to the test
                outcomes[number] = refused

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return outcomes


@pytest.fixture
def tasks(national: Engine) -> list[int]:
    """Six K/L reports at the central desk, committed."""
    with Session(national) as session, session.begin():
        for number in range(6):
            desk.send(session, KL, number)
        desk.fill(session)
        return [row.task_id for row in desk.tasks(session)]


def count(engine: Engine, what: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one()


def take(task: int, by: str) -> Work:
    return lambda session: service.take(session, task, by=by, now=NOW)


def decide(task: int, by: str, verdict: Verdict) -> Work:
    def work(session: Session) -> object:
        marks = desk.full(session, task)
        if verdict is Verdict.RETURN:
            marks = [MeasureMark(1, Aspect.SUBSTANTIVE, Mark.NOT_FULFILLED, ReasonCode.OFF_MEASURE)]
        return service.decide(session, task, Decision(verdict, marks), by=by, now=NOW, close_after_days=30)

    return work


def test_of_many_who_take_the_same_task_exactly_one_gets_it(national: Engine, tasks: list[int]) -> None:
    outcomes = at_once(national, [take(tasks[0], f"v{number}") for number in range(4)])
    got = [outcome for outcome in outcomes if isinstance(outcome, service.Taken)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, service.WithAnother)]
    assert (len(got), len(refused)) == (1, 3)
    assert count(national, "report_event WHERE event = 'take'") == 1


@pytest.mark.parametrize("other", [Verdict.ACCEPT, Verdict.RETURN])
def test_a_double_click_decides_once_and_the_second_is_told(national: Engine, tasks: list[int], other: Verdict) -> None:
    with Session(national) as session, session.begin():
        service.take(session, tasks[0], by="ani", now=NOW)
    outcomes = at_once(national, [decide(tasks[0], "ani", Verdict.ACCEPT), decide(tasks[0], "ani", other)])
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, service.Outcome)]
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, service.TaskDone)]
    assert "was decided by ani" in str(refused)
    assert count(national, "verification_decision") == 1
    assert count(national, "report_event WHERE event IN ('verify', 'return')") == 1
    with Session(national) as session:
        assert session.scalar(text("SELECT state FROM report WHERE version > 1")) == made.state


def test_who_was_not_given_a_task_cannot_decide_it(national: Engine, tasks: list[int]) -> None:
    with Session(national) as session, session.begin():
        service.take(session, tasks[0], by="ani", now=NOW)
    outcomes = at_once(national, [decide(tasks[0], "ani", Verdict.ACCEPT), decide(tasks[0], "budi", Verdict.RETURN)])
    assert isinstance(outcomes[0], service.Outcome)
    assert isinstance(outcomes[1], Conflict)


def meanwhile(engine: Engine, first: Work, second: Work) -> tuple[object, object]:
    """The second begins when the first has written and not committed, and waits for it."""
    outcomes: list[object] = []

    def run() -> None:
        outcomes.extend(at_once(engine, [second]))

    waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    thread = threading.Thread(target=run)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        made = first(session)
        session.flush()
        thread.start()
        while thread.is_alive() and count(engine, waiting) == 0:
            pass
    thread.join(PATIENCE_SECONDS)
    return made, outcomes[0]


def send_again(session: Session) -> object:
    """An operator sends the first report once more."""
    owed, period = desk.obligation_id(session, KL), desk.b08(session)
    held = lock_report(session, owed, period.id, now=NOW)
    move(session, held, Event.SUBMIT, Cause("operator", NOW))
    reports.report(session, owed, period.id)
    return session.scalar(text("SELECT max(id) FROM submission WHERE obligation_id = :o"), {"o": owed})


def test_a_report_that_is_sent_again_at_that_moment_is_read_as_it_was_sent(national: Engine, tasks: list[int]) -> None:
    newest, taken = meanwhile(national, send_again, take(tasks[0], "ani"))
    assert isinstance(taken, service.Taken)
    assert (taken.submission_id, taken.version) == (newest, 3)


def test_a_report_that_is_taken_at_that_moment_is_not_sent_again(national: Engine, tasks: list[int]) -> None:
    _, refused = meanwhile(national, take(tasks[0], "ani"), send_again)
    assert isinstance(refused, NotPossible)
    assert refused.refusal.state is State.UNDER_VERIFICATION


def test_allocation_does_not_take_away_what_somebody_takes_at_that_moment(national: Engine, tasks: list[int]) -> None:
    def allocate(session: Session) -> object:
        return service.allocate(session, desk.b08(session), {"budi": Interests()}, office_id=None, now=NOW)

    _, made = meanwhile(national, take(tasks[0], "ani"), allocate)
    assert isinstance(made, service.Allocated)
    assert made.given == dict.fromkeys(tasks[1:], "budi")
    with Session(national) as session:
        assert {row.verifier for row in desk.tasks(session) if row.task_id == tasks[0]} == {"ani"}


def test_the_queue_is_filled_once_however_often_it_is_filled_at_once(national: Engine) -> None:
    with Session(national) as session, session.begin():
        for number in range(6):
            desk.send(session, KL, number)
    outcomes = at_once(national, [desk.fill] * 3)
    assert sorted(outcome.tasks for outcome in outcomes if isinstance(outcome, service.Filled)) == [0, 0, 6]
    assert count(national, "verification_task") == 6


def test_filling_while_others_decide_makes_every_task_once(national: Engine) -> None:
    with Session(national) as session, session.begin():
        for number in range(4):
            desk.send(session, desk.SERANG, number)
        desk.fill(session)
        waiting = [row.task_id for row in desk.tasks(session)]
        for task in waiting:
            service.take(session, task, by="ani", now=NOW)
    outcomes = at_once(national, [decide(task, "ani", Verdict.ACCEPT) for task in waiting] + [desk.fill] * 2)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert count(national, "verification_task WHERE tier = 'central'") == 4


def test_batches_single_decisions_and_allocation_at_once_decide_everything_once(
    national: Engine, tasks: list[int]
) -> None:
    def batch(by: str) -> Work:
        return lambda session: service.batch_accept(session, desk.b08(session), office_id=None, by=by, now=NOW)

    def one(session: Session) -> object:
        return desk.accept(session, tasks[-1], "citra")

    def allocate(session: Session) -> object:
        names = {"dewi": Interests(), "eko": Interests()}
        return service.allocate(session, desk.b08(session), names, office_id=None, now=NOW)

    outcomes = at_once(national, [batch("ani"), batch("budi"), one, allocate])
    unexpected = [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, Conflict)]
    assert unexpected == []
    decided = count(national, "verification_decision")
    assert decided == count(national, "report_event WHERE event = 'verify'")
    assert decided == count(national, "verification_task WHERE done_at IS NOT NULL")
    open_ones = count(national, "verification_task WHERE done_at IS NULL AND NOT second_reading")
    assert decided + open_ones == len(tasks)
    given = "done_at IS NULL AND NOT second_reading AND verifier IN ('dewi', 'eko')"
    assert open_ones == count(national, f"verification_task WHERE {given}")
