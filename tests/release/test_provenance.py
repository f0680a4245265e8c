"""Every figure is the sum over the rows that explain it."""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, NotFound
from ranham.release import service
from ranham.release.content import Figure, UnitRow, load
from ranham.release.provenance import CountedRow, FactRow, explain
from ranham.release.subject import find_subject
from tests.release.world import LATER, NEW_TERRITORY, NOW, closed_period


def rows_of(
    session: Session, number: str, figure: Figure, *, limit: int = 5000, only: str | None = None
) -> list[CountedRow]:
    found: list[CountedRow] = []
    after: str | None = None
    while True:
        page = explain(
            session, number, figure.unit_code, figure.figure, scope=figure.scope, target_group=figure.target_group,
            action=figure.action, level=figure.level, unit_name=figure.unit_name, only=only, after=after, limit=limit,
        )  # fmt: skip
        assert page.sum == figure
        found += page.rows
        after = page.next
        if after is None:
            return found


def wrong(session: Session, number: str, figures: list[Figure]) -> list[Figure]:
    found = []
    for figure in figures:
        rows = rows_of(session, number, figure)
        if (sum(r.numerator for r in rows), sum(r.denominator for r in rows)) != (figure.numerator, figure.denominator):
            found.append(figure)
    return found


LEVELS = {"ministries": "ministry", "provinces": "province", "regencies": "regency"}
FLAGS = {
    "completeness": lambda f: f.reported,
    "substantive_completeness": lambda f: f.complete,
    "on_time": lambda f: f.timeliness == "on_time",
    "on_time_within_extension": lambda f: f.timeliness == "extended",
    "late": lambda f: f.timeliness == "late",
    "achievement": lambda f: f.achieved,
    "verified": lambda f: f.verified,
}


def places(unit: UnitRow) -> list[tuple[str, str | None, str]]:
    """Level, code and scope of every group that a unit's obligations count in."""
    scope = {level: name for name, level in LEVELS.items()}[unit.level]
    found: list[tuple[str, str | None, str]] = [(unit.level, unit.code, "own"), ("national", None, "pooled")]
    found.append(("national", None, scope))
    if unit.level == "regency":
        found.append(("province", unit.parent_code, "regencies"))
    if unit.office_key is not None:
        found.append(("office", unit.office_key, scope))
    return found


def test_every_figure_of_a_period_is_the_sum_over_the_rows_that_are_explained(session: Session) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW, territory_as_of=NEW_TERRITORY).number
    content = load(session, number)
    units = {unit.code: unit for unit in content.units}
    pooled = next(f for f in content.figures if (f.scope, f.figure) == ("pooled", "completeness"))
    groups: dict[tuple[object, ...], list[FactRow]] = defaultdict(list)
    for (fact,) in (row.facts for row in rows_of(session, number, pooled)):
        for place in places(units[fact.unit_code]):
            for part in ((None, None), (fact.target_group, None), (None, fact.action)):
                groups[*place, *part].append(fact)
    for figure in content.figures:
        facts = groups[figure.level, figure.unit_code, figure.scope, figure.target_group, figure.action]
        counted = [fact for fact in facts if fact.excluded is None]
        of_units: dict[str | None, list[FactRow]] = defaultdict(list)
        for fact in counted:
            of_units[fact.unit_code].append(fact)
        if figure.figure == "participation":
            expected = (sum(any(f.reported for f in each) for each in of_units.values()), len(of_units))
        elif figure.figure == "mean_score":
            scores = [Decimal(sum(f.score_bp or 0 for f in each)) / len(each) for each in of_units.values()]
            expected = (sum(int(s.quantize(Decimal(1), ROUND_HALF_UP)) for s in scores), len(of_units) * 10_000)
        else:
            expected = (sum(FLAGS[figure.figure](f) for f in counted), len(counted))
        assert (figure.numerator, figure.denominator) == expected, figure


@pytest.mark.parametrize("day", [None, NEW_TERRITORY])
def test_a_figure_of_every_kind_is_the_sum_over_its_own_rows(session: Session, day: date | None) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW, territory_as_of=day).number
    kinds: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
    for each in load(session, number).figures:
        kinds[each.level, each.scope, each.target_group is None, each.action is None, each.figure].append(each)
    assert len(kinds) == 270
    assert wrong(session, number, [each[len(each) // 2] for each in kinds.values()]) == []


def test_the_annual_score_is_explained_by_units(session: Session) -> None:
    closed_period(session)
    closed_period(session, "2022-B12", every=13)
    number = service.make(session, find_subject(session, "2022"), by="siti", now=LATER).number
    figures = load(session, number).figures
    assert wrong(session, number, [*figures[:20], *figures[300:310]]) == []
    (unit,) = rows_of(session, number, figures[40])
    assert {fact.period for fact in unit.facts} == {"2022-B08", "2022-B12"}


def test_pages_follow_one_another_without_gap_and_the_parts_are_told_apart(session: Session) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW).number
    national = next(f for f in load(session, number).figures if (f.scope, f.figure) == ("regencies", "achievement"))
    whole = rows_of(session, number, national)
    assert rows_of(session, number, national, limit=700) == whole
    above = rows_of(session, number, national, only="numerator")
    below = rows_of(session, number, national, only="denominator")
    excluded = rows_of(session, number, national, only="excluded")
    assert (len(above), len(below)) == (national.numerator, national.denominator)
    assert len(below) + len(excluded) == len(whole) == 3048
    assert {(row.facts[0].excluded, row.facts[0].justification) for row in excluded} == {("excused", "bencana alam")}


def test_a_row_says_what_stands_behind_it(session: Session) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW).number
    found = explain(session, number, None, "verified", scope="pooled", only="numerator", limit=1)
    fact = found.rows[0].facts[0]
    last = session.execute(
        text("SELECT revision, received_at FROM submission WHERE id = :id"), {"id": fact.submission_id}
    ).one()
    assert (fact.revision, fact.received_at) == tuple(last)
    assert (fact.verified_by, fact.decided_score_bp, fact.score_bp is not None) == ("verifier", fact.score_bp, True)
    assert {reason for _, _, reason in explain(session, number, None, "verified", scope="regencies").left_out} == {
        "Wilayah administratif di DKI Jakarta, bukan pemerintah daerah otonom; tidak melapor RANHAM"
    }


def test_what_is_not_there_or_means_several_is_said(session: Session) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW).number
    assert explain(session, number, "36", "achievement").sum.scope == "own"
    assert explain(session, number, None, "achievement").sum.scope == "pooled"
    with pytest.raises(NotFound, match="has no figure achievment of 36"):
        explain(session, number, "36", "achievment")
    with pytest.raises(NotFound, match=r"no release RANHAM-V:2022-B08/9; there are RANHAM-V:2022-B08/1"):
        explain(session, "RANHAM-V:2022-B08/9", "36", "achievement")
    with pytest.raises(BadInput, match="found x, expected the cursor"):
        explain(session, number, "36", "achievement", after="x")
    with pytest.raises(BadInput, match="counts units"):
        explain(session, number, "36", "participation", only="numerator")
