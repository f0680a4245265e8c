"""Working time in three zones, with random calendars."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.kernel.errors import BadInput
from ranham.kernel.settings import settings
from ranham.reminder.days_off import calendar, read_days
from ranham.reminder.planning.occasions import ZONES
from ranham.reminder.rules.working_time import Calendar, Place, WorkingTime

START = datetime(2022, 8, 1, tzinfo=UTC)
instants = st.integers(0, 60 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
days = st.integers(-10, 80).map(lambda number: START.date() + timedelta(days=number))
calendars = st.builds(
    Calendar,
    st.frozensets(days, max_size=12),
    st.dictionaries(st.tuples(days, st.none() | st.just("36")), st.booleans(), max_size=8),
)
places = st.builds(Place, st.sampled_from(ZONES), st.none() | st.just("36"))
hours = st.tuples(st.integers(6, 10), st.integers(13, 18)).map(lambda pair: (time(pair[0]), time(pair[1])))


@given(calendars, hours, instants, places)
def test_what_is_moved_lands_in_working_time_on_the_right_side(
    calendar: Calendar, hours: tuple[time, time], instant: datetime, place: Place
) -> None:
    working = WorkingTime(calendar, *hours)
    later, earlier = working.at_or_after(instant, place), working.at_or_before(instant, place)
    assert working.holds(later, place)
    assert working.holds(earlier, place)
    assert earlier <= instant <= later


@given(calendars, hours, instants, places)
def test_nothing_is_moved_further_than_needed(
    calendar: Calendar, hours: tuple[time, time], instant: datetime, place: Place
) -> None:
    working = WorkingTime(calendar, *hours)
    assert (working.at_or_after(instant, place) == instant) is working.holds(instant, place)
    later = working.at_or_after(instant, place)
    quarters = int((later - instant) / timedelta(minutes=15))
    assert not any(working.holds(instant + timedelta(minutes=15 * n), place) for n in range(quarters))


def test_the_published_calendar_has_joint_holidays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [calendar().is_off(date(2022, 5, day), None) for day in (4, 5, 6, 9)] == [True, True, True, False]


def test_a_province_has_days_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "days.csv"
    file.write_text(
        "date,province,kind,name\n2022-09-05,36,off,Hari jadi\n2022-05-04,,work,dicabut\n", encoding="utf-8"
    )
    monkeypatch.setenv("RANHAM_DAYS_OFF_FILE", str(file))
    settings.cache_clear()
    try:
        found = calendar()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert found.is_off(date(2022, 9, 5), "36")
    assert not found.is_off(date(2022, 9, 5), "31")
    assert not found.is_off(date(2022, 5, 4), None)
    assert found.provinces() == {"36"}


def test_a_file_of_days_off_is_refused_with_every_finding(tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("date,province,kind\n2022-13-05,36,off\n2022-05-04,,holiday\n", encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_days(file)
    assert [finding.where for finding in refused.value.findings] == ["days.csv, line 2, date", "days.csv, line 3, kind"]


def test_the_east_starts_two_hours_before_the_west() -> None:
    working = WorkingTime(Calendar(frozenset()), time(8), time(16))
    monday = datetime(2022, 9, 5, 6, 30, tzinfo=ZoneInfo(ZONES[0]))
    assert working.holds(monday, Place(ZONES[2]))
    assert not working.holds(monday, Place(ZONES[0]))
