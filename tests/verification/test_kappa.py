"""Cohen's kappa against values computed by hand, and the draw of second readings."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ranham.verification.rules import drawn, kappa


def pairs(**counts: int) -> list[tuple[str, str]]:
    """`pairs(fp=2)`: twice the first reader said f and the second p."""
    return [(cell[0], cell[1]) for cell, count in counts.items() for _ in range(count)]


def test_kappa_of_two_categories_by_hand() -> None:
    """Of 50: both yes 20, both no 15, yes/no 5, no/yes 10.

    Observed 35/50 = 7/10. First says yes 25 times, second 30 times:
    expected (25 x 30 + 25 x 20) / 2500 = 1250 / 2500 = 1/2. Kappa = (7/10 - 1/2) / (1/2) = 2/5.
    """
    assert kappa(pairs(yy=20, nn=15, yn=5, ny=10)) == Fraction(2, 5)


def test_kappa_of_three_categories_by_hand() -> None:
    """Of 10: ff 4, pp 2, nn 1, fp 1, pf 1, np 1.

    Observed 7/10. First: f 5, p 3, n 2; second: f 5, p 4, n 1.
    Expected (5 x 5 + 3 x 4 + 2 x 1) / 100 = 39/100. Kappa = (70 - 39) / (100 - 39) = 31/61.
    """
    assert kappa(pairs(ff=4, pp=2, nn=1, fp=1, pf=1, np=1)) == Fraction(31, 61)


def test_agreement_below_chance_is_negative() -> None:
    """Of 2: yn 1, ny 1. Observed 0, expected (1 x 1 + 1 x 1) / 4 = 1/2. Kappa = -1."""
    assert kappa(pairs(yn=1, ny=1)) == -1


def test_no_agreement_beyond_chance_is_zero() -> None:
    """The second says no whatever the first says: observed 1/2, expected (1 x 0 + 1 x 2) / 4 = 1/2."""
    assert kappa(pairs(yn=1, nn=1)) == 0


def test_kappa_is_not_defined_when_both_use_one_category_or_nobody_read() -> None:
    assert kappa(pairs(ff=30)) is None
    assert kappa([]) is None


@given(st.lists(st.tuples(st.sampled_from("fpn"), st.sampled_from("fpn")), min_size=1))
def test_kappa_is_one_when_all_agree_and_never_more(read: list[tuple[str, str]]) -> None:
    value = kappa(read)
    assert value is None or -1 <= value <= 1
    same = kappa([(first, first) for first, _ in read])
    assert same in (None, 1)


@given(st.lists(st.tuples(st.sampled_from("fpn"), st.sampled_from("fpn")), min_size=1))
def test_kappa_does_not_depend_on_who_is_called_first(read: list[tuple[str, str]]) -> None:
    assert kappa(read) == kappa([(second, first) for first, second in read])


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 10_000))
def test_a_larger_share_draws_all_that_a_smaller_one_draws(period: int, submission: int, share: int) -> None:
    assert not drawn(period, submission, 0)
    assert drawn(period, submission, 10_000)
    assert not drawn(period, submission, share) or drawn(period, submission, min(share + 1, 10_000))


def test_the_draw_comes_close_to_its_share() -> None:
    assert 900 < sum(drawn(7, submission, 1000) for submission in range(10_000)) < 1100
