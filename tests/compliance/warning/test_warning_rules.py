"""The model of the early warning: its formula, its reasons, what it is measured by."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ranham.compliance.warning.measuring import BackTestRow, measured, together
from ranham.compliance.warning.rules import Conduct, Seen, Subject, foretell

ON_TIME, LATE, MISSING = Conduct.ON_TIME, Conduct.LATE, Conduct.MISSING


def seen(unit: int, *conduct: Conduct) -> list[Seen]:
    return [Seen(unit, f"P{place}", each) for place, each in enumerate(conduct, start=1)]


def regency(unit: int, group: str = "36") -> Subject:
    return Subject(unit, "regency", group)


def test_the_rate_is_smoothed_towards_the_province_and_the_last_period_counts_twice() -> None:
    forecast = foretell([regency(1)], seen(1, ON_TIME, MISSING))[0]
    # Level and province: 1 of 2 missing. Unit: (2 x 1 + 1 x 1/2) / (1 + 2 + 1) = 0.625.
    assert (forecast.missing_bp, forecast.late_bp, forecast.risk_bp) == (6250, 0, 6250)
    assert forecast.flagged
    older = foretell([regency(1)], seen(1, MISSING, ON_TIME))[0]
    assert older.missing_bp == 3750


def test_a_unit_without_history_has_the_rate_of_its_province_and_says_so() -> None:
    subjects = [regency(unit) for unit in range(1, 12)]
    past = [each for unit in range(1, 11) for each in seen(unit, MISSING if unit <= 5 else ON_TIME)]
    new = next(forecast for forecast in foretell(subjects, past) if forecast.unit_id == 11)
    assert new.missing_bp == 5000
    assert new.reasons[0] == "nothing is known of it yet"


def test_reasons_say_what_was_counted() -> None:
    forecast = foretell([regency(1)], seen(1, MISSING, LATE, MISSING))[0]
    assert forecast.reasons[:3] == (
        "last time (P3) it sent nothing",
        "sent nothing in 2 of 3 periods",
        "was late in 1 of 3 periods",
    )


@given(st.lists(st.sampled_from(Conduct), max_size=6), st.sampled_from(Conduct))
def test_worse_conduct_never_lowers_the_risk(past: list[Conduct], last: Conduct) -> None:
    others = [each for unit in range(2, 6) for each in seen(unit, ON_TIME, LATE, MISSING)]
    subjects = [regency(unit) for unit in range(1, 6)]

    def risk(final: Conduct) -> int:
        rows = foretell(subjects, [*seen(1, *past, final), *others])
        return next(row.risk_bp for row in rows if row.unit_id == 1)

    assert risk(ON_TIME) <= risk(last) <= 10_000


def test_precision_and_recall_are_counted_over_those_that_owed() -> None:
    happened = {1: MISSING, 2: LATE, 3: ON_TIME, 4: ON_TIME}
    row = measured("2022-B12", "model", [1, 3, 99], happened)
    assert (row.units, row.missing_or_late, row.flagged, row.caught) == (4, 2, 2, 1)
    assert (row.precision, row.recall) == (Decimal("50.00"), Decimal("50.00"))
    assert measured("2022-B12", "model", [], happened).precision is None


def test_periods_are_summed_and_not_averaged() -> None:
    rows = [BackTestRow("a", "model", 10, 1, 1, 1), BackTestRow("b", "model", 100, 20, 9, 0)]
    assert together(rows) == [BackTestRow("all", "model", 110, 21, 10, 1)]
