"""A report's way from draft to decision as the application's role: each step by whom it belongs to, and by nobody else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from ranham.kernel.database import application_unit_of_work
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission import drafts, reports
from ranham.submission.models import Answer, Report
from ranham.submission.receiving import Sender
from ranham.submission.reports import Cause
from ranham.submission.states import Event, State
from tests.access import people
from tests.submission.desk import IN_WINDOW


class Desk:
    """People of the application; `at` opens the desk of one of them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ids: dict[str, int] = {}
        self.tokens: dict[str, str] = {}

    def seat(self, name: str, *roles: tuple[Role, Place]) -> None:
        now = clock.now()
        with Session(self.engine) as session, session.begin():
            self.ids[name] = people.person(session)
            for role, place in roles:
                people.grant(session, self.ids[name], role, place, since=clock.local_date(now))
            self.tokens[name] = people.token(session, self.ids[name], now=now).raw

    @contextmanager
    def at(self, name: str) -> Iterator[tuple[Session, PeriodInfo, Cause]]:
        with application_unit_of_work(self.tokens[name]) as session:
            yield session, find_period(session, "2022-B08"), Cause(f"person:{self.ids[name]}", IN_WINDOW, "x", "x")


@pytest.fixture
def desk(application: Engine) -> Desk:
    made = Desk(application)
    with Session(application) as session:
        serang, metro = people.unit(session, "36.04"), people.unit(session, "18.72")
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    made.seat("stranger", (Role.OPERATOR, Place(metro)))
    made.seat("verifier", (Role.VERIFIER, Place()))
    made.seat("ministry", (Role.MINISTRY, Place()))
    made.seat("both", (Role.OPERATOR, Place(serang)), (Role.VERIFIER, Place()))
    return made


@pytest.fixture
def obligation(application: Engine) -> int:
    with Session(application) as session:
        found = session.execute(
            text(
                "SELECT min(id) FROM obligation WHERE unit_id = :unit AND plan_year_id = (SELECT plan_year_id FROM period WHERE id = :period)"
            ),
            {"unit": people.unit(session, "36.04"), "period": find_period(session, "2022-B08").id},
        )
        return int(found.scalar_one())


def send(desk: Desk, obligation: int, name: str = "operator") -> None:
    with desk.at(name) as (session, period, cause):
        report = drafts.begin_edit(session, obligation, period.id, cause)
        measures = session.scalars(
            text("SELECT id FROM measure WHERE action_id = :a AND period_id = :p"),
            {"a": report.action_id, "p": period.id},
        ).all()
        for measure in measures:
            content = drafts.DraftContent(Answer.NOT_ACHIEVED, Decimal(1), "x")
            drafts.save_answer(session, report, measure, content, cause, seen_version=None)
        drafts.submit(session, obligation, period.id, cause, sender=Sender("web"))


def move(desk: Desk, obligation: int, name: str, event: Event, **more: int) -> None:
    with desk.at(name) as (session, period, cause):
        if event is Event.REOPEN:
            reports.reopen(session, obligation, period.id, cause)
        else:
            report = reports.lock_report(session, obligation, period.id, now=cause.now)
            reports.move(session, report, event, cause, **more)


def state(desk: Desk) -> list[tuple[State, int | None]]:
    with Session(desk.engine) as session:
        return [(report.state, report.score_bp) for report in session.query(Report)]


def test_each_step_is_done_by_whom_it_belongs_to(desk: Desk, obligation: int) -> None:
    send(desk, obligation)
    move(desk, obligation, "verifier", Event.TAKE)
    move(desk, obligation, "verifier", Event.RETURN)
    with desk.at("operator") as (session, period, cause):
        report = drafts.begin_edit(session, obligation, period.id, cause)
        (written, *_) = session.scalars(
            text("SELECT measure_id FROM draft_answer WHERE report_id = :r"), {"r": report.id}
        )
        content = drafts.DraftContent(Answer.NOT_ACHIEVED, Decimal(1), "y")
        drafts.save_answer(session, report, written, content, cause, seen_version=1)
        drafts.submit(session, obligation, period.id, cause, sender=Sender("web"))
    move(desk, obligation, "verifier", Event.TAKE)
    move(desk, obligation, "verifier", Event.VERIFY, score_bp=9125)
    assert state(desk) == [(State.VERIFIED, 9125)]
    move(desk, obligation, "ministry", Event.REOPEN)
    assert state(desk) == [(State.REOPENED, None)]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("operator", Event.TAKE),
        ("both", Event.TAKE),
        ("ministry", Event.TAKE),
        ("stranger", Event.SUBMIT),
        ("verifier", Event.SUBMIT),
        ("stranger", Event.TAKE),
    ],
)
def test_nobody_takes_another_one_s_step(desk: Desk, obligation: int, name: str, event: Event) -> None:
    send(desk, obligation)
    with pytest.raises(DBAPIError, match="row-level security"):
        move(desk, obligation, name, event)
    assert state(desk) == [(State.SUBMITTED, None)]


@pytest.mark.parametrize("name", ["operator", "both"])
def test_nobody_verifies_their_own_unit_by_hand(desk: Desk, obligation: int, name: str) -> None:
    send(desk, obligation)
    with pytest.raises(DBAPIError, match="row-level security"), desk.at(name) as (session, *_):
        session.execute(text("UPDATE report SET state = 'verified', score_bp = 10000"))


def test_an_event_in_another_one_s_name_is_refused(desk: Desk, obligation: int) -> None:
    def as_somebody_else() -> None:
        with desk.at("operator") as (session, period, cause):
            drafts.begin_edit(session, obligation, period.id, Cause("person:1000000", cause.now))

    attempts: list[Callable[[], None]] = [as_somebody_else, lambda: send(desk, obligation, "stranger")]
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="row-level security"):
            attempt()
    assert state(desk) == []
