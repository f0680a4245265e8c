"""Scores and what a decision must say: rules without a database."""

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.verification.rules import (
    WORDS,
    Aspect,
    Decision,
    Mark,
    MeasureMark,
    ReasonCode,
    Verdict,
    findings,
    score_bp,
)

ADMINISTRATIVE, SUBSTANTIVE = Aspect.ADMINISTRATIVE, Aspect.SUBSTANTIVE
WEIGHTS = {ADMINISTRATIVE: 3000, SUBSTANTIVE: 7000}
POINTS = {Mark.FULFILLED: 100, Mark.PARTLY: 50, Mark.NOT_FULFILLED: 0}


def marks(administrative: list[Mark], substantive: list[Mark]) -> list[MeasureMark]:
    return [
        MeasureMark(number, aspect, mark)
        for aspect, given_marks in ((ADMINISTRATIVE, administrative), (SUBSTANTIVE, substantive))
        for number, mark in enumerate(given_marks, start=1)
    ]


MARKS = st.sampled_from(Mark)
READINGS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(st.lists(MARKS, min_size=n, max_size=n), st.lists(MARKS, min_size=n, max_size=n))
)
ADMINISTRATIVE_WEIGHT = st.integers(0, 10_000)


def weights(administrative: int) -> dict[Aspect, int]:
    return {ADMINISTRATIVE: administrative, SUBSTANTIVE: 10_000 - administrative}


def required(reading: tuple[list[Mark], list[Mark]]) -> set[int]:
    return set(range(1, len(reading[0]) + 1))


@given(READINGS, ADMINISTRATIVE_WEIGHT)
def test_a_score_is_the_weighed_sum_of_two_means_rounded_once(
    reading: tuple[list[Mark], list[Mark]], weight: int
) -> None:
    """Against decimals: both aspects have the same number of measures, so one division is left."""
    summed = [sum(POINTS[mark] for mark in aspect) for aspect in reading]
    exact = Decimal(weight * summed[0] + (10_000 - weight) * summed[1]) / (100 * len(reading[0]))
    expected = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert score_bp(marks(*reading), required(reading), weights(weight), 5000) == expected


@given(READINGS, ADMINISTRATIVE_WEIGHT, st.integers(0, 10_000), st.randoms())
def test_a_score_lies_between_0_and_100_and_knows_no_order(
    reading: tuple[list[Mark], list[Mark]], weight: int, partly: int, random: Random
) -> None:
    given_marks = marks(*reading)
    score = score_bp(given_marks, required(reading), weights(weight), partly)
    assert 0 <= score <= 10_000
    random.shuffle(given_marks)
    assert score_bp(given_marks, required(reading), weights(weight), partly) == score


@given(READINGS, ADMINISTRATIVE_WEIGHT, st.data())
def test_a_better_mark_never_lowers_a_score(
    reading: tuple[list[Mark], list[Mark]], weight: int, data: st.DataObject
) -> None:
    before = score_bp(marks(*reading), required(reading), weights(weight), 5000)
    aspect, at = data.draw(st.integers(0, 1)), data.draw(st.integers(0, len(reading[0]) - 1))
    reading[aspect][at] = Mark.FULFILLED
    assert score_bp(marks(*reading), required(reading), weights(weight), 5000) >= before


@pytest.mark.parametrize(("mark", "score"), [(Mark.FULFILLED, 10_000), (Mark.PARTLY, 5000), (Mark.NOT_FULFILLED, 0)])
@given(n=st.integers(1, 9), weight=ADMINISTRATIVE_WEIGHT)
def test_the_same_mark_throughout_is_the_score(mark: Mark, score: int, n: int, weight: int) -> None:
    assert score_bp(marks([mark] * n, [mark] * n), set(range(1, n + 1)), weights(weight), 5000) == score


def test_a_reading_of_three_measures_by_hand() -> None:
    """0.3 x (100 + 100 + 50) / 3 + 0.7 x (100 + 0 + 0) / 3 = 25 + 23.333... = 48.33."""
    given_marks = marks(
        [Mark.FULFILLED, Mark.FULFILLED, Mark.PARTLY], [Mark.FULFILLED, Mark.NOT_FULFILLED, Mark.NOT_FULFILLED]
    )
    assert score_bp(given_marks, {1, 2, 3}, WEIGHTS, 5000) == 4833


def test_a_measure_that_is_not_required_does_not_count() -> None:
    given_marks = marks([Mark.FULFILLED, Mark.NOT_FULFILLED], [Mark.FULFILLED, Mark.NOT_FULFILLED])
    assert score_bp(given_marks, {1}, WEIGHTS, 5000) == 10_000


@given(st.integers(0, 10_000))
def test_a_half_is_rounded_up(partly: int) -> None:
    """One part mark of two measures under an aspect of half the weight: partly / 4."""
    given_marks = marks([Mark.PARTLY, Mark.NOT_FULFILLED], [Mark.NOT_FULFILLED] * 2)
    assert score_bp(given_marks, {1, 2}, weights(5000), partly) == (partly + 2) // 4


ALL = marks([Mark.FULFILLED] * 2, [Mark.FULFILLED] * 2)
BAD = MeasureMark(1, SUBSTANTIVE, Mark.NOT_FULFILLED, ReasonCode.OFF_MEASURE)


def found(decision: Decision, *, last: bool = True) -> list[str]:
    return [str(item) for item in findings(decision, known={1, 2}, required={1, 2}, last=last)]


OTHER = "the reason is 'other'; say in a remark what is wrong"
TO_MEND = (
    "return: the report would go back and nobody knows what to mend; mark a measure as partly or not fulfilled, "
    "or give a reason with a remark"
)
UNMARKED = "it has no mark; to accept a report in the last tier, mark every required measure under both aspects"
WHY = f"the reporter is not told why; choose one of {', '.join(ReasonCode)}"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (
            Decision(Verdict.ACCEPT, ALL[:3]),
            f"measure 2, substantive: {UNMARKED}",
        ),
        (
            Decision(Verdict.ACCEPT, [*ALL, ALL[0]]),
            "measure 1, administrative: it is marked twice; a measure has one mark for each aspect",
        ),
        (
            Decision(Verdict.ACCEPT, [*ALL, MeasureMark(7, SUBSTANTIVE, Mark.FULFILLED)]),
            "measure 7, substantive: the action has no measure 7 in this period; its measures are 1, 2",
        ),
        (
            Decision(Verdict.ACCEPT, [*ALL[:3], MeasureMark(2, SUBSTANTIVE, Mark.PARTLY)]),
            f"measure 2, substantive: it is marked 'partly' and {WHY}",
        ),
        (
            Decision(Verdict.ACCEPT, [*ALL[:3], MeasureMark(2, SUBSTANTIVE, Mark.NOT_FULFILLED)]),
            f"measure 2, substantive: it is marked 'not fulfilled' and {WHY}",
        ),
        (Decision(Verdict.RETURN), TO_MEND),
        (Decision(Verdict.RETURN, ALL), TO_MEND),
        (Decision(Verdict.RETURN, reason_code=ReasonCode.NO_STAMP), TO_MEND),
        (Decision(Verdict.RETURN, [BAD], ReasonCode.OTHER, " "), f"remark: {OTHER}"),
        (
            Decision(Verdict.RETURN, [MeasureMark(1, SUBSTANTIVE, Mark.PARTLY, ReasonCode.OTHER)]),
            f"measure 1, substantive: {OTHER}",
        ),
        (
            Decision(Verdict.PASS_ON),
            "verdict: this is the last tier, so the report cannot be passed on; accept it or return it",
        ),
    ],
)
def test_a_decision_that_lacks_something_says_what(decision: Decision, said: str) -> None:
    assert found(decision) == [said]


@pytest.mark.parametrize(
    ("decision", "last"),
    [
        (Decision(Verdict.ACCEPT, ALL), True),
        (Decision(Verdict.ACCEPT), False),
        (Decision(Verdict.PASS_ON), False),
        (Decision(Verdict.RETURN, [BAD]), True),
        (Decision(Verdict.RETURN, reason_code=ReasonCode.UNREADABLE, remark="halaman 2 gelap"), True),
    ],
)
def test_a_decision_that_says_enough_has_no_findings(decision: Decision, last: bool) -> None:
    assert found(decision, last=last) == []


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(ReasonCode)
    assert all(indonesian and english for indonesian, english in WORDS.values())
