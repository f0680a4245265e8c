"""Which step of a release is due follows from those that stand, whatever their order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.release.following import PERIOD, YEAR, Course, Standing, follow
from ranham.release.states import OPEN, ReleaseState

CLOSED = datetime(2022, 10, 6, tzinfo=UTC)
PUBLISHED = CLOSED + timedelta(days=5)
S = ReleaseState


def standing(
    state: ReleaseState, *, kind: str = PERIOD, number: str = "P/1", filed: bool = False, documented: bool = False,
    news: bool = False,
) -> Standing:  # fmt: skip
    published_at = PUBLISHED if state in (S.PUBLISHED, S.SUPERSEDED) else None
    return Standing(number, kind, state, CLOSED, published_at, filed, documented, news)


def followed(*rows: Standing, whole: bool = False) -> Course:
    return follow(rows, closed_at=CLOSED, ends_whole_year=whole)


def test_the_first_version_is_proposed_by_itself_and_no_other() -> None:
    assert followed().propose == ((PERIOD, CLOSED),)
    for state in ReleaseState:
        assert followed(standing(state)).propose == ()


def test_the_year_comes_once_the_period_that_ends_it_is_published() -> None:
    done = standing(S.PUBLISHED, filed=True)
    assert followed(done, whole=True).propose == ((YEAR, PUBLISHED),)
    assert followed(done).propose == ()
    assert followed(standing(S.SIGNED_OFF), whole=True).propose == ()
    year = standing(S.PROPOSED, kind=YEAR, number="Y/1")
    assert followed(done, year, whole=True) == Course(proposed=(("Y/1", CLOSED),))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (S.PROVISIONAL, Course(provisional=(("P/1", CLOSED),))),
        (S.PROPOSED, Course(proposed=(("P/1", CLOSED),))),
        (S.SIGNED_OFF, Course(publish=(("P/1", CLOSED),))),
        (S.PUBLISHED, Course(distribute=(("P/1", PUBLISHED),))),
        (S.SUPERSEDED, Course()),
        (S.DROPPED, Course(dropped=("P/1",))),
    ],
)
def test_each_state_waits_for_one_thing(state: ReleaseState, expected: Course) -> None:
    assert followed(standing(state)) == expected


def test_only_a_year_has_an_annual_report() -> None:
    assert followed(standing(S.PUBLISHED, filed=True)) == Course()
    year = standing(S.PUBLISHED, kind=YEAR, number="Y/1", filed=True)
    period = standing(S.PUBLISHED, filed=True)
    assert followed(period, year, whole=True).report == (("Y/1", PUBLISHED),)


def test_news_is_told_while_no_version_is_on_its_way() -> None:
    changed = standing(S.PUBLISHED, filed=True, news=True)
    assert followed(changed).news == ("P/1",)
    assert followed(changed, standing(S.PROPOSED, number="P/2")).news == ()


def test_a_dropped_version_is_told_until_another_stands_in_its_place() -> None:
    gone = standing(S.DROPPED)
    assert followed(gone, standing(S.DROPPED, number="P/2")).dropped == ("P/2",)
    assert followed(gone, standing(S.PROVISIONAL, number="P/2")).dropped == ()


rows = st.lists(
    st.builds(
        standing,
        st.sampled_from(ReleaseState),
        kind=st.sampled_from([PERIOD, YEAR]),
        number=st.text("123", min_size=1, max_size=3),
        filed=st.booleans(),
        documented=st.booleans(),
        news=st.booleans(),
    ),
    max_size=5,
)


@given(rows, st.booleans())
def test_what_is_done_is_not_due_again(found: list[Standing], whole: bool) -> None:
    course = followed(*found, whole=whole)
    for number, _ in course.distribute:
        assert any(each.number == number and not each.filed and each.state is S.PUBLISHED for each in found)
    for number, _ in course.report:
        assert any(each.number == number and not each.documented and each.kind == YEAR for each in found)
    assert {number for number, _ in (*course.provisional, *course.proposed, *course.publish)} == {
        each.number for each in found if each.state in OPEN
    }
