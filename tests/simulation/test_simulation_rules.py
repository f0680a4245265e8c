"""Simulated reports: repeatable, marked, within the window's bounds, with the published participation."""

from datetime import date, datetime, timedelta

import pytest

from ranham.simulation import rules

LABEL = "2022-B08"
WINDOW = rules.Window(date(2022, 8, 30), date(2022, 9, 6), own_midnight=False, period_ends_on=date(2022, 8, 31))
OWED = tuple(
    rules.Owed(
        f"D{n}",
        (rules.OwedMeasure(1, None, None, evidence_wanted=True), rules.OwedMeasure(2, 0, 100, evidence_wanted=True)),
    )
    for n in range(1, 7)
)


def reporters(level: str, count: int, offset_hours: int = 7, first: int = 10) -> list[rules.Reporter]:
    return [rules.Reporter(f"{first + n}", level, offset_hours, OWED) for n in range(count)]


def all_rows(seed: int = 7) -> list[rules.Row]:
    units = [r for offset in (7, 8, 9) for r in reporters("regency", 200, offset, offset * 1000)]
    return [row for unit in units for row in rules.rows(unit, WINDOW, LABEL, seed)]


@pytest.mark.parametrize("seed", range(20))
def test_exactly_five_of_34_provinces_are_absent_whatever_the_seed(seed: int) -> None:
    provinces = reporters("province", 20) + reporters("province", 10, 8, 50) + reporters("province", 4, 9, 80)
    assert len(rules.absent(provinces, LABEL, seed)) == 5


def test_every_ministry_reports_all_that_it_owes() -> None:
    bodies = reporters("ministry", 28)
    assert rules.absent(bodies, LABEL, 1) == frozenset()
    assert all(len(list(rules.rows(body, WINDOW, LABEL, 1))) == 12 for body in bodies)


def test_fewer_regencies_report_the_further_east() -> None:
    share = {
        offset: 1 - len(rules.absent(reporters("regency", 2000, offset, 10_000), LABEL, 3)) / 2000
        for offset in (7, 8, 9)
    }
    assert share[7] == pytest.approx(0.88, abs=0.03)
    assert share[8] == pytest.approx(0.75, abs=0.03)
    assert share[9] == pytest.approx(0.55, abs=0.03)


def test_same_seed_gives_the_same_report_and_another_seed_another() -> None:
    assert all_rows(7) == all_rows(7)
    assert all_rows(7) != all_rows(8)


def test_a_unit_reports_the_same_whoever_else_reports() -> None:
    unit = reporters("regency", 1)[0]
    alone = rules.absent([unit], LABEL, 5)
    assert (unit.code in alone) == (unit.code in rules.absent(reporters("regency", 50), LABEL, 5))


def test_every_note_says_that_it_is_simulated_and_a_shortfall_gives_its_reason() -> None:
    for row in all_rows():
        assert "SIMULASI" in row.note
        if row.answer != "achieved":
            assert len(row.note) > len("SIMULASI: ")


def test_reports_lie_between_opening_and_ten_days_after_closing() -> None:
    for row in all_rows():
        sent = datetime.fromisoformat(row.submitted_at)
        assert WINDOW.opens_at(7) <= sent < WINDOW.closes_at(7) + timedelta(days=10)


def test_most_reports_come_in_the_last_hours_and_few_late() -> None:
    closed = WINDOW.closes_at(7)
    sent = [datetime.fromisoformat(row.submitted_at) for row in all_rows()]
    late = sum(at >= closed for at in sent) / len(sent)
    last_day = sum(closed - timedelta(hours=24) <= at < closed for at in sent) / len(sent)
    assert 0.03 < late < 0.09
    assert last_day > 0.5


def test_the_time_is_written_in_the_units_own_zone() -> None:
    offsets = {row.unit_code[0]: row.submitted_at[-6:] for row in all_rows()}
    assert offsets == {"7": "+07:00", "8": "+08:00", "9": "+09:00"}


def test_a_window_that_closes_long_after_its_period_has_no_late_reports() -> None:
    window = rules.Window(date(2022, 9, 20), date(2022, 10, 5), own_midnight=True, period_ends_on=date(2022, 8, 31))
    assert window.latest_at(9) == window.closes_at(9)
    for unit in reporters("regency", 200, 9):
        assert all(
            datetime.fromisoformat(row.submitted_at) < window.closes_at(9) for row in rules.rows(unit, window, LABEL, 1)
        )


def test_values_keep_to_the_range_and_evidence_is_a_digest_that_is_sometimes_missing() -> None:
    found = all_rows()
    assert all(0 <= row.value <= 100 for row in found if row.value is not None)
    assert {len(row.evidence) for row in found if row.answer == "achieved"} == {0, 64}
    digests = [row.evidence for row in found if row.evidence]
    assert len(set(digests)) == len(digests)


def test_habits_keep_how_many_report_and_make_the_same_units_absent_again() -> None:
    units = reporters("regency", 2000, 7, 10_000) + reporters("province", 34)
    first, second = (rules.absent(units, label, 3, habits=True) for label in ("2022-B08", "2022-B12"))
    free_first, free_second = (rules.absent(units, label, 3) for label in ("2022-B08", "2022-B12"))
    assert len(first) / 2000 == pytest.approx(0.12, abs=0.03)
    assert sum(len(code) == 2 for code in first) == 5
    assert len(first & second) > 2 * len(free_first & free_second)


def test_habits_keep_the_share_of_late_reports() -> None:
    units = reporters("regency", 2000, 7, 10_000)
    late = [
        datetime.fromisoformat(list(rules.rows(unit, WINDOW, LABEL, 3, habits=True))[-1].submitted_at)
        >= WINDOW.closes_at(7)
        for unit in units
    ]
    assert sum(late) / len(late) == pytest.approx(0.06, abs=0.02)
