"""A report's way from draft to decision as the application's role: each step by whom it belongs to, and by nobody else."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import Conflict, Forbidden, NotFound
from ranham.obligation import service as obligations
from ranham.obligation.models import ExcuseKind
from ranham.plan.queries import find_period
from ranham.submission import drafts, reports
from ranham.submission.evidence import service as files
from ranham.submission.evidence import store as stores
from ranham.submission.evidence.rules import Attributes
from ranham.submission.models import Answer, Report
from ranham.submission.receiving import Sender
from ranham.submission.reports import Cause
from ranham.submission.states import Event, State
from tests.access import people
from tests.access.application_desk import Desk
from tests.submission.evidence.desk import any_pdf


@pytest.fixture
def desk(application: Engine) -> Iterator[Desk]:
    stores.open_store.cache_clear()
    made = Desk(application)
    with Session(application) as session:
        serang, metro = people.unit(session, "36.04"), people.unit(session, "18.72")
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    made.seat("stranger", (Role.OPERATOR, Place(metro)))
    made.seat("verifier", (Role.VERIFIER, Place()))
    made.seat("ministry", (Role.MINISTRY, Place()))
    made.seat("both", (Role.OPERATOR, Place(serang)), (Role.VERIFIER, Place()))
    yield made
    stores.open_store.cache_clear()


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
    with pytest.raises(Forbidden):
        move(desk, obligation, name, event)
    assert state(desk) == [(State.SUBMITTED, None)]


@pytest.mark.parametrize("name", ["operator", "both"])
def test_nobody_verifies_their_own_unit_by_hand(desk: Desk, obligation: int, name: str) -> None:
    send(desk, obligation)
    with pytest.raises((Forbidden, IntegrityError)), desk.at(name) as (session, *_):
        session.execute(text("UPDATE report SET state = 'verified', score_bp = 10000, version = 9"))


def test_evidence_is_stored_attached_sent_and_kept_in_the_own_unit(desk: Desk, obligation: int) -> None:
    def store(name: str, unit: str, content: bytes) -> int:
        with desk.at(name) as (session, _, cause):
            unit_id = people.unit(session, unit)
            said = {"attributes": Attributes("foto"), "by": cause.actor, "now": cause.now}
            return files.store(session, unit_id, iter([content]), "a.pdf", **said).evidence.id  # type: ignore[arg-type]

    send(desk, obligation)
    spare, used = store("operator", "36.04", any_pdf()), store("operator", "36.04", any_pdf())
    with pytest.raises(Forbidden):
        store("stranger", "36.04", any_pdf())
    with desk.at("operator") as (session, period, cause):
        report = reports.lock_report(session, obligation, period.id, now=cause.now)
        measure = int(session.scalar(text("SELECT min(measure_id) FROM draft_answer")) or 0)
        for evidence in (spare, used):
            assert files.attach(session, report.id, measure, evidence, by=cause.actor, now=cause.now)
        assert files.detach(session, report.id, measure, spare, by=cause.actor, now=cause.now)
        files.remove(session, spare, by=cause.actor, now=cause.now)
        drafts.submit(session, obligation, period.id, cause, sender=Sender("web"))
    with pytest.raises(Conflict, match="was sent"), desk.at("operator") as (session, _, cause):
        files.remove(session, used, by=cause.actor, now=cause.now)
    with pytest.raises(NotFound), desk.at("stranger") as (session, _, cause):
        files.remove(session, used, by=cause.actor, now=cause.now)


def test_an_excuse_is_asked_for_by_the_unit_and_approved_by_the_ministry(desk: Desk, obligation: int) -> None:
    with desk.at("operator") as (session, period, cause):
        excuse = obligations.request_excuse(
            session, obligation, period.id, kind=ExcuseKind.EXCUSED, justification="x", by=cause.actor, now=cause.now
        ).id
    with pytest.raises(NotFound), desk.at("operator") as (session, _, cause):
        obligations.approve_excuse(session, excuse, by=cause.actor, now=cause.now)
    with desk.at("ministry") as (session, _, cause):
        assert obligations.approve_excuse(session, excuse, by=cause.actor, now=cause.now).approved_by == cause.actor


def test_an_event_in_another_one_s_name_is_refused(desk: Desk, obligation: int) -> None:
    def as_somebody_else() -> None:
        with desk.at("operator") as (session, period, cause):
            drafts.begin_edit(session, obligation, period.id, Cause("person:1000000", cause.now))

    attempts: list[Callable[[], None]] = [as_somebody_else, lambda: send(desk, obligation, "stranger")]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert state(desk) == []
