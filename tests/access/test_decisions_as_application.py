"""What the ministry decides for units, as the application's role: through the services, held by the policies."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import Forbidden, RanhamError
from ranham.submission import extensions
from ranham.submission.models import Timeliness
from tests.access import people
from tests.access.application_desk import Desk
from tests.compliance.reports import report
from tests.submission.desk import AFTER_WINDOW

UNTIL = datetime(2022, 9, 10, tzinfo=UTC)


@pytest.fixture
def desk(application: Engine) -> Desk:
    """Serang sent a report late."""
    made = Desk(application)
    with Session(application) as session:
        serang, metro = people.unit(session, "36.04"), people.unit(session, "18.72")
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    made.seat("stranger", (Role.OPERATOR, Place(metro)))
    made.seat("ministry", (Role.MINISTRY, Place()))
    made.seat("second", (Role.MINISTRY, Place()))
    with made.at("operator") as (_, period, _):
        pass
    with Session(application) as session, session.begin():
        owed = text("SELECT min(id) FROM obligation WHERE unit_id = :u AND plan_year_id = :y")
        obligation = session.scalar(owed, {"u": serang, "y": period.plan_year_id})
        assert obligation is not None
        report(session, obligation, period.id, timeliness=Timeliness.LATE)
        session.execute(text("ALTER TABLE submission DISABLE TRIGGER submission_fixed"))
        session.execute(text("UPDATE submission SET submitted_at = :at"), {"at": AFTER_WINDOW})
        session.execute(text("ALTER TABLE submission ENABLE TRIGGER submission_fixed"))
    return made


def ask(desk: Desk, name: str, *, everybody: bool = False) -> int:
    with desk.at(name) as (session, period, cause):
        unit = None if everybody else session.scalar(text("SELECT ranham_writable_units()"))
        return extensions.request(
            session, period, unit_id=unit, until=UNTIL, reason="banjir", by=cause.actor, now=AFTER_WINDOW,
            cap=timedelta(days=14),
        ).id  # fmt: skip


def approve(desk: Desk, name: str, extension_id: int) -> int:
    with desk.at(name) as (session, _, cause):
        outcome = extensions.decide(session, extension_id, approve=True, by=cause.actor, now=AFTER_WINDOW)
        return outcome.reports_now_extended


def revisions(desk: Desk) -> list[tuple[int, str, bool, str]]:
    with Session(desk.engine) as session:
        rows = session.execute(
            text("SELECT revision, timeliness, is_current, author FROM submission ORDER BY revision")
        )
        return [(row.revision, row.timeliness, row.is_current, row.author) for row in rows]


@pytest.mark.parametrize("everybody", [False, True])
def test_the_ministry_gives_more_time_and_late_reports_are_written_on(desk: Desk, everybody: bool) -> None:
    extension_id = ask(desk, "second" if everybody else "operator", everybody=everybody)
    assert approve(desk, "ministry", extension_id) == 1
    assert revisions(desk) == [(1, "late", False, "test"), (2, "extended", True, f"person:{desk.ids['ministry']}")]


@pytest.mark.parametrize("name", ["operator", "stranger"])
def test_a_unit_gives_itself_or_others_no_time(desk: Desk, name: str) -> None:
    extension_id = ask(desk, "operator")
    with pytest.raises(RanhamError):
        approve(desk, name, extension_id)
    assert revisions(desk) == [(1, "late", True, "test")]


def test_a_unit_does_not_ask_for_everybody(desk: Desk) -> None:
    with pytest.raises(Forbidden):
        ask(desk, "operator", everybody=True)


def test_the_ministry_sends_nothing_else_for_a_unit(desk: Desk) -> None:
    another = text("""
        INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
            submitted_offset_minutes, received_at, channel, author, digest, timeliness, complete, achieved,
            not_applicable, simulated, replaced_timeliness, replaced_complete, replaced_achieved)
        SELECT obligation_id, unit_id, action_id, period_id, 2, false, submitted_at, 420, received_at, 'web', :by, 'x',
            'on_time', true, true, false, true, 'late', true, true
        FROM submission
    """)
    with pytest.raises(Forbidden), desk.at("ministry") as (session, _, cause):
        session.execute(another, {"by": cause.actor})
