"""Small cells: what is hidden, and that no hidden value is the rest of a sum."""

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranham.compliance.rules import Counts
from ranham.kernel.errors import BadInput
from ranham.release.content import Figure, ReleaseContent, UnitRow
from ranham.release.formats.published import Row, publish
from ranham.release.suppression import Policy, policy_of
from tests.release.formats.worlds import header, of

GROUPS = {"D1": "anak", "D2": "anak", "D3": "perempuan", "D4": "(none)"}
POLICY = Policy(frozenset({"anak"}), 5, GROUPS)
PROVINCES = {"11": "k1", "12": "k1", "13": "k2"}
ADDITIVE = ("completeness", "on_time", "on_time_within_extension", "late", "achievement", "verified")
Told = dict[tuple[str, str | None, str, str], dict[str | None, Counts]]


@st.composite
def regencies(draw: st.DrawFn) -> dict[str, dict[str, Counts]]:
    """Counts of each action of each regency, some far below the threshold and some above."""
    found: dict[str, dict[str, Counts]] = {}
    for province in PROVINCES:
        for number in range(1, draw(st.integers(1, 4)) + 1):
            found[f"{province}.{number:02d}"] = {action: draw(counts()) for action in GROUPS}
    return found


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    on_time, extended, late = (draw(st.sampled_from([0, 1, 3, 6, 9, 40])) for _ in range(3))
    reported = on_time + extended + late
    owed = reported + draw(st.sampled_from([0, 2, 30]))
    verified = draw(st.integers(0, reported))
    return Counts(
        units=owed, reporters=reported, obligations=owed, reported=reported, on_time=on_time, extended=extended,
        late=late, achieved=draw(st.integers(0, reported)), verified=verified,
        score_bp=draw(st.integers(0, 10_000)) * verified,
    )  # fmt: skip


def release(below: dict[str, dict[str, Counts]]) -> ReleaseContent:
    """Regencies, provinces, offices and the nation: totals, target groups and actions of each."""
    told: dict[tuple[str, str | None, str, str], dict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for code, by_action in below.items():
        province = code[:2]
        for place in (
            ("regency", code, f"Kabupaten {code}", "own"),
            ("province", province, f"Provinsi {province}", "regencies"),
            ("office", PROVINCES[province], "Kanwil", "regencies"),
            ("national", None, "Indonesia", "regencies"),
        ):
            for action, of_action in by_action.items():
                told[place][action] += of_action
    made: list[Figure] = []
    for place, by_action in told.items():
        made += of(sum(by_action.values(), Counts()), place)
        for group in sorted(set(GROUPS.values())):
            made += of(sum((c for a, c in by_action.items() if GROUPS[a] == group), Counts()), place, group=group)
        for action, of_action in by_action.items():
            made += of(of_action, place, action=action)
    units = [UnitRow(code, code, "provinsi", "province", None, office) for code, office in PROVINCES.items()]
    units += [UnitRow(code, code, "kabupaten", "regency", code[:2], None) for code in below]
    return ReleaseContent(header(), tuple(units), tuple(made))


def parents(content: ReleaseContent) -> list[tuple[tuple[str, str | None], list[tuple[str, str | None]]]]:
    codes = [unit.code for unit in content.units if unit.level == "regency"]
    return [
        *((("province", p), [("regency", c) for c in codes if c and c[:2] == p]) for p in PROVINCES),
        *((("office", k), [("province", p) for p, of_p in PROVINCES.items() if of_p == k]) for k in ("k1", "k2")),
        (("national", None), [("office", "k1"), ("office", "k2")]),
        (("national", None), [("province", p) for p in PROVINCES]),
    ]


def alone(hidden: list[bool]) -> bool:
    return sum(hidden) == 1


@settings(deadline=None, max_examples=60)
@given(regencies())
def test_no_hidden_value_is_what_the_others_leave_of_their_sum(below: dict[str, dict[str, Counts]]) -> None:
    content = release(below)
    rows = publish(content, policy=POLICY).rows
    at: dict[tuple[object, ...], Row] = {
        (r.level, r.unit_code, r.target_group, r.action, r.figure): r for r in rows
    }  # fmt: skip
    slices = sorted({(r.target_group, r.action) for r in rows}, key=str)
    units = sorted({(r.level, r.unit_code) for r in rows}, key=str)
    for parent, children in parents(content):
        for part in slices:
            for figure in (*ADDITIVE, "participation", "mean_score"):
                summed = [at[*unit, *part, figure] for unit in (parent, *children)]
                assert not alone([row.numerator is None for row in summed]), summed
                assert not alone([row.denominator is None for row in summed]), summed
    for unit in units:
        for figure in ADDITIVE:
            total = at[*unit, None, None, figure]
            of_groups = [at[*unit, group, None, figure] for group in sorted(set(GROUPS.values()))]
            assert not alone([row.numerator is None for row in (total, *of_groups)])
            for group in of_groups:
                acted = [at[*unit, None, a, figure] for a, of_a in GROUPS.items() if of_a == group.target_group]
                assert not alone([row.numerator is None for row in (group, *acted)])
                assert not alone([row.denominator is None for row in (group, *acted)])
        for group_name, action in slices:
            timed = [
                at[*unit, group_name, action, name]
                for name in ("completeness", "on_time", "on_time_within_extension", "late")
            ]
            assert not alone([row.numerator is None for row in timed])


@settings(deadline=None, max_examples=60)
@given(regencies())
def test_every_small_count_of_the_group_is_hidden_and_marked(below: dict[str, dict[str, Counts]]) -> None:
    content = release(below)
    for figure, row in zip(content.figures, publish(content, policy=POLICY).rows, strict=True):
        if row.suppressed:
            assert row.numerator is None or row.denominator is None
            assert row.percent is None
        else:
            assert (row.numerator, row.denominator) == (figure.numerator, figure.denominator)
        sensitive = figure.target_group == "anak" or figure.action in ("D1", "D2")
        if sensitive and figure.denominator and figure.figure != "mean_score" and figure.numerator < POLICY.threshold:
            assert row.numerator is None


@settings(deadline=None, max_examples=60)
@given(regencies())
def test_where_the_number_of_verified_reports_is_hidden_so_are_their_scores(
    below: dict[str, dict[str, Counts]],
) -> None:
    """The sum of the scores of one report is its score."""
    rows = publish(release(below), policy=POLICY).rows
    at = {(r.level, r.unit_code, r.target_group, r.action, r.figure): r for r in rows}
    for (*cell, figure), row in at.items():
        if figure == "verified" and row.numerator is None:
            assert at[*cell, "mean_score"].numerator is None


def test_a_denominator_below_the_threshold_hides_the_whole_cell() -> None:
    small = Counts(units=2, reporters=2, obligations=2, reported=2, on_time=2, score_bp=20_000)
    content = ReleaseContent(header(), (), tuple(of(small, ("regency", "11.01", "A", "own"), group="anak")))
    rows = publish(content, policy=POLICY).rows
    assert {(row.numerator, row.denominator, row.percent) for row in rows} == {(None, None, None)}


def test_other_groups_and_large_counts_stay() -> None:
    small = of(Counts(units=2, obligations=2), ("regency", "11.01", "A", "own"), group="perempuan")
    large = Counts(*[50] * 11, score_bp=90_000)
    content = ReleaseContent(header(), (), tuple(small + of(large, ("regency", "11.01", "A", "own"), group="anak")))
    assert not any(row.suppressed for row in publish(content, policy=POLICY).rows)


def test_the_policy_is_the_one_that_the_release_records() -> None:
    said = {"suppression": {"target_groups": ["anak"], "threshold": 5, "actions": GROUPS}}
    assert policy_of(said) == POLICY
    assert policy_of({}) is None
    content = ReleaseContent(
        header(rules=said), (), tuple(of(Counts(1, 1, 1), ("regency", "1", "A", "own"), group="anak"))
    )
    assert all(row.suppressed for row in publish(content).rows if row.denominator_name)


def test_figures_by_action_need_the_target_group_of_each_action() -> None:
    content = ReleaseContent(header(), (), tuple(of(Counts(1, 1, 1), ("regency", "1", "A", "own"), action="D9")))
    with pytest.raises(BadInput, match="no target group of D9"):
        publish(content, policy=POLICY)
    assert publish(content, policy=replace(POLICY, actions={"D9": "anak"})).rows[0].suppressed
