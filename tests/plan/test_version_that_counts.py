"""Which version of a plan gives a year its periods: the newest until the year is frozen, the frozen one ever after."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from ranham.cycle.queries import due
from ranham.cycle.service import open_period
from ranham.kernel.errors import Conflict, NotFound
from ranham.obligation.service import freeze
from ranham.plan.queries import find_period, find_plan_year, get_period, list_periods, meanings
from ranham.plan.schemas import PlanFile
from ranham.plan.service import load_plan
from tests.journeys.coming_regulation import amended_plan, coming_plan, period

NOW = datetime(2022, 10, 10, tzinfo=UTC)


def load(session: Session, plan: dict[str, object]) -> None:
    load_plan(session, PlanFile.model_validate(plan), now=NOW)


def codes(session: Session) -> list[tuple[str, int]]:
    return [(p.code, p.plan_version) for p in list_periods(session) if p.regulation == "RANHAM-VI"]


def test_until_the_freeze_the_newest_version_counts_alone(session: Session) -> None:
    load(session, amended_plan())
    assert codes(session) == [("B03", 1), ("B08", 1), ("B10", 1), ("B11", 1)]
    load(session, coming_plan())
    assert codes(session) == [("B03", 2), ("B08", 2), ("B11", 2)]


def test_a_later_version_adds_no_period_to_a_frozen_year_and_moves_no_window(session: Session) -> None:
    load(session, coming_plan())
    freeze(session, find_plan_year(session, 2022, "RANHAM-VI"), now=NOW)
    before = list_periods(session)
    load(session, amended_plan())
    assert list_periods(session) == before
    with pytest.raises(NotFound, match="no period RANHAM-VI:2022-B10 in the plan version that counts"):
        find_period(session, "RANHAM-VI:2022-B10")
    # Else each tick would try to open what can never be opened.
    steps = due(session, now=NOW, close_after_days=30)
    assert {each.period for each in steps if "VI" in each.period} == {"RANHAM-VI:2022-B08"}


def test_a_window_that_the_frozen_version_lacks_comes_from_the_first_later_one_that_has_it(session: Session) -> None:
    load(session, coming_plan())
    freeze(session, find_plan_year(session, 2022, "RANHAM-VI"), now=NOW)
    frozen = find_period(session, "RANHAM-VI:2022-B11")
    with pytest.raises(Conflict, match="no announced window"):
        open_period(session, frozen, now=NOW)
    for day in ("2022-12-05", "2022-12-09"):
        announced = coming_plan()
        announced["years"][0]["periods"][2] = period(11, "2022-11-28", day, zone_rule="unit")
        load(session, announced)
    found = find_period(session, "RANHAM-VI:2022-B11")
    assert (found.id, found.plan_version, found.zone_rule) == (frozen.id, 1, "unit")
    assert (str(found.opens_on), str(found.closes_on)) == ("2022-11-28", "2022-12-05")
    assert get_period(session, frozen.id) == found
    assert open_period(session, found, now=datetime(2022, 12, 1, tzinfo=UTC))


def test_a_label_means_one_period_of_each_regulation_that_has_it(session: Session) -> None:
    load(session, coming_plan())
    load(session, amended_plan())
    assert [p.regulation for p in meanings(session, "2022-B08")] == ["RANHAM-V", "RANHAM-VI"]
    assert [p.regulation for p in meanings(session, "RANHAM-VI:2022-B08")] == ["RANHAM-VI"]
    assert meanings(session, "2022-B07") == []
