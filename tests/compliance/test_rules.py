from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.compliance.rules import Counts, Figure, figures, mean_of_periods_bp, percent


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (259, 514, "50.39"),  # KKP HAM 2020 nationally
        (259, 439, "59.00"),  # of those that took part
        (439, 514, "85.41"),  # the press's 85.5 is wrong
        (8, 8, "100.00"),  # Banten 2020
        (6, 15, "40.00"),  # Lampung 2020
        (12, 17, "70.59"),  # Sumatera Selatan 2023, published as 70.6
        (29, 34, "85.29"),  # provinces in 2022 B08, published as 85.3
        (1, 22, "4.55"),  # NTT 2018 B04, published as 4.5
    ],
)
def test_published_ratios_are_reproduced(numerator: int, denominator: int, expected: str) -> None:
    assert percent(numerator, denominator) == Decimal(expected)


def test_more_than_there_can_be_is_shown_and_never_clipped() -> None:
    """The press had 544 regencies/cities take part where there are 514."""
    claimed = Figure("participation", 544, 514, "obliged reporting units")
    assert claimed.impossible
    assert claimed.percent == Decimal("105.84")


def test_nothing_owed_gives_no_percent() -> None:
    assert percent(0, 0) is None
    assert all(figure.percent is None for figure in figures(Counts()))


def test_annual_mean_is_of_periods_and_not_of_pooled_counts() -> None:
    assert mean_of_periods_bp([(1, 1), (0, 9)]) == 5_000
    assert mean_of_periods_bp([(0, 0), (3, 4)]) == 7_500


def test_period_without_a_report_counts_zero_in_the_annual_mean() -> None:
    assert mean_of_periods_bp([(4, 4), (0, 4), (4, 4)]) == 6_667


counts = st.builds(Counts, *[st.integers(0, 1000)] * 10)


@given(st.lists(counts, max_size=8))
def test_sums_of_counts_do_not_depend_on_their_order(groups: list[Counts]) -> None:
    assert sum(groups, Counts()) == sum(reversed(groups), Counts())


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_percent_is_within_half_a_hundredth(numerator: int, denominator: int) -> None:
    got = percent(numerator, denominator)
    assert got is not None
    assert abs(got * denominator - Decimal(numerator) * 100) <= Decimal("0.005") * denominator
