"""A release says what the figures said at that moment, and refuses what has no final figures."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ranham.compliance.annual import annual_scores
from ranham.compliance.queries import figures
from ranham.compliance.service import roll_up
from ranham.cycle import service as cycle
from ranham.kernel.errors import BadInput, Conflict, NotFound
from ranham.plan.queries import PeriodInfo
from ranham.release import service
from ranham.release.content import ReleaseContent, load
from ranham.release.spelling import content_hash
from ranham.release.subject import find_subject
from tests.compliance.reports import obligation_ids, report, verify
from tests.release.world import LATER, NEW_TERRITORY, NOW, OPENED, closed_period, counted_anew, key, period, published

SAID = ("level", "unit_code", "unit_name", "scope", "target_group", "action", "figure", "numerator", "denominator")


def lines(rows: Iterable[object]) -> list[tuple[object, ...]]:
    return [tuple(getattr(row, name) for name in (*SAID, "denominator_name", "percent", "impossible")) for row in rows]


def live(session: Session, found: PeriodInfo, day: date) -> list[tuple[object, ...]]:
    rows = figures(session, found, territory_as_of=day)
    rows += figures(session, found, territory_as_of=day, by_target_group=True)
    rows += figures(session, found, territory_as_of=day, by_action=True)
    return lines(rows)


@pytest.mark.parametrize("day", [date(2022, 1, 1), NEW_TERRITORY])
def test_a_release_says_what_the_figures_say(session: Session, day: date) -> None:
    found = closed_period(session)
    release = service.make(session, found, by="siti", now=NOW, territory_as_of=day)
    content = load(session, release.number)
    assert release.number == "RANHAM-V:2022-B08/1"
    assert lines(content.figures) == live(session, found, day)
    assert (content.header.simulated, content.header.state, content.header.territory_as_of) == (
        True,
        "provisional",
        day,
    )
    assert content.header.content_hash == content_hash(content)
    assert len({unit.code for unit in content.units if unit.level == "province"}) == (34 if day.month == 1 else 37)


def test_an_amendment_says_what_is_known_now_and_the_first_version_stays(session: Session, tmp_path: Path) -> None:
    found = closed_period(session)
    first = published(session, service.make(session, found, by="siti", now=NOW), key(tmp_path))
    before = load(session, first.number).figures
    for owed in obligation_ids(session, found.plan_year_id)[10:20]:
        report(session, owed, found.id)
    verify(session, obligation_ids(session, found.plan_year_id)[14], found.id, score_bp=10_000)
    second = service.amend(session, found, by="siti", now=LATER, reason="laporan susulan")
    assert second.number == "RANHAM-V:2022-B08/2"
    assert load(session, first.number).figures == before
    counted_anew(session, found)
    assert lines(load(session, second.number).figures) == live(session, found, found.territory_as_of)


def test_an_open_period_is_not_released(session: Session) -> None:
    found = period(session)
    with pytest.raises(Conflict, match="has not been rolled up"):
        service.make(session, found, by="siti", now=NOW)
    cycle.open_period(session, found, now=OPENED)
    roll_up(session, found, now=OPENED)
    with pytest.raises(Conflict, match=r"RANHAM-V:2022-B08 is open.*ranham period close 2022-B08"):
        service.make(session, found, by="siti", now=NOW)


def test_a_day_before_the_territory_is_known_is_refused(session: Session) -> None:
    with pytest.raises(NotFound, match="the territory is known from"):
        service.make(session, closed_period(session), by="siti", now=NOW, territory_as_of=date(1900, 1, 1))


def test_a_year_says_the_annual_scores_and_needs_its_periods_closed(session: Session) -> None:
    closed_period(session)
    year = find_subject(session, "2022")
    with pytest.raises(Conflict, match="RANHAM-V:2022-B12 has not been rolled up"):
        service.make(session, year, by="siti", now=NOW)
    closed_period(session, "2022-B12", every=13)
    content = load(session, service.make(session, year, by="siti", now=LATER).number)
    assert (content.header.number, content.header.kind) == ("RANHAM-V:2022/1", "year")
    annual = annual_scores(session, year.plan_year_id)
    own = {(f.level, f.unit_code): f.percent for f in content.figures if f.scope == "own"}
    means = {f.scope: (f.percent, f.denominator // 10_000) for f in content.figures if f.level == "national"}
    assert own == {(row.level, row.unit_code): row.score for row in annual if row.unit_code is not None}
    scopes = {"ministry": "ministries", "province": "provinces", "regency": "regencies"}
    assert means == {scopes[row.level]: (row.score, row.reporters) for row in annual if row.unit_code is None}
    assert content.header.rules["annual"]["without_window"] == ["2022-B04"]


def test_a_later_version_needs_a_reason(session: Session, tmp_path: Path) -> None:
    found = closed_period(session)
    with pytest.raises(Conflict, match=r"nothing of RANHAM-V:2022-B08 is published.*ranham release make 2022-B08"):
        service.amend(session, found, by="siti", now=NOW, reason="x")
    first = service.make(session, found, by="siti", now=NOW)
    with pytest.raises(Conflict, match="2022-B08/1 is provisional already; publish it or drop it"):
        service.make(session, found, by="siti", now=NOW, reason="x")
    published(session, first, key(tmp_path))
    with pytest.raises(BadInput, match="needs a reason"):
        service.amend(session, found, by="siti", now=NOW, reason="  ")


def test_content_of_the_whole_is_small_enough_to_hand_over(session: Session) -> None:
    content: ReleaseContent = load(session, service.make(session, closed_period(session), by="siti", now=NOW).number)
    assert {figure.action for figure in content.figures if figure.level == "regency"} > {"D1", "D2"}
    assert {figure.target_group for figure in content.figures} == {None, "(none)", "perempuan", "disabilitas"}
