"""Verification as the application's role: verifiers at their own desks, reporters who see what was found."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import Forbidden, NotFound
from ranham.verification import queries, service
from ranham.verification.rules import Interests
from tests.access import people
from tests.access.application_desk import Desk
from tests.verification.desk import NOW, SERANG, accept, b08, fill, give_back, send, tasks


@pytest.fixture
def desk(application: Engine) -> Desk:
    """A report of Serang and one of Metro that wait for their first readers."""
    made = Desk(application)
    with Session(application) as session, session.begin():
        send(session, SERANG)
        send(session, "18.72")
        fill(session)
        serang, metro = people.unit(session, SERANG), people.unit(session, "18.72")
        banten = session.execute(
            text("SELECT office_id FROM office_assignment WHERE unit_id = :u AND valid_to IS NULL"),
            {"u": people.unit(session, "36")},
        ).scalar_one()
    made.seat("kanwil", (Role.VERIFIER, Place(office_id=banten)))
    made.seat("central", (Role.VERIFIER, Place()))
    made.seat("both", (Role.VERIFIER, Place()), (Role.OPERATOR, Place(serang)))
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    made.seat("stranger", (Role.OPERATOR, Place(metro)))
    made.seat("ministry", (Role.MINISTRY, Place()))
    return made


def of_serang(desk: Desk) -> int:
    with Session(desk.engine) as session:
        return next(task.task_id for task in tasks(session) if task.unit_code == SERANG)


def test_a_report_passes_both_tiers_at_the_desks_of_its_verifiers(desk: Desk) -> None:
    with desk.at("kanwil") as (session, _, cause):
        assert accept(session, of_serang(desk), cause.actor).verdict == "pass_on"
    with desk.at("central") as (session, _, cause):
        task = next(row for row in tasks(session) if row.tier == "central")
        assert accept(session, task.task_id, cause.actor).score_bp == 10_000


def test_a_verifier_sees_the_tasks_of_the_own_desk(desk: Desk) -> None:
    seen = {}
    for name in ("kanwil", "central", "ministry", "operator", "stranger"):
        with desk.at(name) as (session, *_):
            seen[name] = {row.unit_code for row in tasks(session)}
    both = {SERANG, "18.72"}
    assert seen == {"kanwil": {SERANG}, "central": both, "ministry": both, "operator": {SERANG}, "stranger": {"18.72"}}


@pytest.mark.parametrize("name", ["operator", "both", "ministry", "stranger"])
def test_nobody_else_takes_a_task(desk: Desk, name: str) -> None:
    task = of_serang(desk)
    with (
        pytest.raises((Forbidden, NotFound)),
        desk.at(name) as (
            session,
            _,
            cause,
        ),
    ):
        service.take(session, task, by=cause.actor, now=NOW)
    with Session(desk.engine) as session:
        assert [row.verifier for row in tasks(session)] == [None, None]


def test_nobody_decides_in_another_one_s_name(desk: Desk) -> None:
    task = of_serang(desk)
    with desk.at("kanwil") as (session, _, cause):
        service.take(session, task, by=cause.actor, now=NOW)
    with pytest.raises(Forbidden), desk.at("central") as (session, _, cause):
        session.execute(
            text("""INSERT INTO verification_decision (task_id, submission_id, verdict, in_batch, decided_by, decided_at)
                    SELECT id, submission_id, 'pass_on', false, :by, now() FROM verification_task WHERE id = :task"""),
            {"task": task, "by": f"person:{desk.ids['kanwil']}"},
        )


def test_who_reports_sees_why_it_came_back_and_no_stranger_does(desk: Desk) -> None:
    task = of_serang(desk)
    with desk.at("kanwil") as (session, _, cause):
        give_back(session, task, cause.actor)
    with Session(desk.engine) as session:
        report = int(session.scalar(text("SELECT report_id FROM verification_task WHERE id = :t"), {"t": task}) or 0)
    found = {}
    for name in ("operator", "stranger"):
        with desk.at(name) as (session, *_):
            found[name] = [(row.remark, len(row.marks)) for row in queries.decisions(session, report, reader=None)]
    assert found == {"operator": [("perbaiki ukuran 1", 1)], "stranger": []}


def test_a_queue_is_filled_allocated_and_accepted_at_the_own_desk(desk: Desk) -> None:
    with desk.at("kanwil") as (session, _, cause):
        fill(session)
        declared = {cause.actor: Interests(frozenset(), frozenset())}
        office = session.scalar(text("SELECT office_id FROM verification_task"))
        assert len(service.allocate(session, b08(session), declared, office_id=office, now=NOW).given) == 1
        accepted = service.batch_accept(session, b08(session), office_id=office, by=cause.actor, now=NOW)
        assert len(accepted.task_ids) == 1
        assert [row.tier for row in tasks(session)] == ["central"]


SECOND = """
INSERT INTO verification_task (report_id, period_id, province_id, tier, round, office_id, second_reading, submission_id,
                               created_at, due_at)
SELECT report_id, period_id, province_id, tier, round, office_id, true, submission_id, created_at, due_at
FROM verification_task WHERE tier = 'central' AND done_at IS NOT NULL ON CONFLICT DO NOTHING
"""


def test_the_database_itself_hides_a_first_reading_from_other_verifiers_while_the_second_is_open(desk: Desk) -> None:
    with desk.at("kanwil") as (session, _, cause):
        accept(session, of_serang(desk), cause.actor)
    with desk.at("central") as (session, _, cause):
        accept(session, next(row for row in tasks(session) if row.tier == "central").task_id, cause.actor)
    with Session(desk.engine) as session, session.begin():
        session.execute(text(SECOND))
    desk.seat("second", (Role.VERIFIER, Place()))

    def scored() -> dict[str, bool]:
        seen = {}
        for name in ("central", "second", "kanwil", "both", "operator", "ministry"):
            with desk.at(name) as (session, *_):
                of_central = "SELECT count(*) FROM verification_decision WHERE score_bp IS NOT NULL"
                beside = (
                    "SELECT count(*) FROM aspect_score WHERE decision_id NOT IN (SELECT id FROM verification_decision)"
                )
                seen[name] = session.scalar(text(of_central)) == 1
                assert session.scalar(text(beside)) == 0
        return seen

    those_who_see = {"central": True, "both": True, "operator": True, "ministry": True}
    assert scored() == those_who_see | {"second": False, "kanwil": False}
    with Session(desk.engine) as session, session.begin():
        done = "UPDATE verification_task SET verifier = 'x', taken_at = now(), done_at = now() WHERE second_reading"
        session.execute(text(done))
    assert all(scored().values())
