"""Releases as the application's role: published ones for everybody, others for those in charge, written by the ministry."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import Forbidden, NotFound
from ranham.release import service
from ranham.release.content import load
from ranham.release.provenance import explain
from ranham.release.queries import releases
from tests.access import people
from tests.access.application_desk import Desk
from tests.release.world import NOW, closed_period, key

NUMBER = "RANHAM-V:2022-B08/1"
IN_CHARGE = ("ministry", "second", "auditor", "engine")


@pytest.fixture
def desk(application: Engine) -> Desk:
    made = Desk(application)
    with Session(application) as session, session.begin():
        closed_period(session)
        serang = people.unit(session, "36.04")
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    for name, role in zip(IN_CHARGE, (Role.MINISTRY, Role.MINISTRY, Role.AUDITOR, Role.ENGINE_OPERATOR), strict=True):
        made.seat(name, (role, Place()))
    return made


def test_the_ministry_releases_and_everybody_reads_what_is_published(desk: Desk, tmp_path: Path) -> None:
    with desk.at("ministry") as (session, period, who):
        service.make(session, period, by=who.actor, now=NOW)
        service.propose(session, NUMBER, by=who.actor, now=NOW)
    for name in IN_CHARGE:
        with desk.at(name) as (session, _, _):
            assert [row.state for row in releases(session)] == ["proposed"]
    with desk.at("operator") as (session, _, _):
        assert releases(session) == []
        with pytest.raises(NotFound):
            load(session, NUMBER)
        for part in ("unit", "figure", "fact"):
            assert session.scalar(text(f"SELECT count(*) FROM release_{part}")) == 0
    with desk.at("second") as (session, _, who):
        service.sign_off(session, NUMBER, by=who.actor, now=NOW)
        service.publish(session, NUMBER, key=key(tmp_path), by=who.actor, now=NOW)
    with desk.at("operator") as (session, _, _):
        assert load(session, NUMBER).header.state == "published"
        own = explain(session, NUMBER, "36.04", "completeness")
        assert (own.sum.denominator, len(own.rows)) == (6, 6)
        others = explain(session, NUMBER, None, "completeness", scope="pooled", only="numerator", limit=100)
        seen = {row.unit_code for row in others.rows if row.facts[0].revision is not None}
        assert seen <= {"36.04"}


@pytest.mark.parametrize("name", ["operator", "auditor", "engine"])
def test_nobody_but_the_ministry_writes_a_release(desk: Desk, name: str) -> None:
    with pytest.raises(Forbidden), desk.at(name) as (session, period, who):
        service.make(session, period, by=who.actor, now=NOW)
    with desk.at("ministry") as (session, period, who):
        service.make(session, period, by=who.actor, now=NOW)
    with pytest.raises((Forbidden, NotFound)), desk.at(name) as (session, _, who):
        service.propose(session, NUMBER, by=who.actor, now=NOW)
