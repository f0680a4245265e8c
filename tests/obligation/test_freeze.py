from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict
from ranham.obligation import rules, service
from ranham.obligation.models import ExcuseKind
from ranham.plan import service as plan
from ranham.plan.queries import find_period, find_plan_year
from ranham.plan.source import plan_path, read_plan

NOW = datetime(2022, 9, 10, tzinfo=UTC)
BY_LEVEL = """
    SELECT r.level, count(*), count(DISTINCT o.unit_id) FROM obligation o JOIN reporting_unit r ON r.id = o.unit_id
    WHERE o.plan_year_id = :y GROUP BY r.level
"""


def by_level(session: Session, year: int) -> dict[str, tuple[int, int]]:
    rows = session.execute(text(BY_LEVEL), {"y": find_plan_year(session, year)})
    return {level: (obligations, units) for level, obligations, units in rows}


def test_2022_gives_the_published_targets(session: Session) -> None:
    """272 = 34 x 8 and 3,048 = 508 x 6 were published; 210 actions in 28 ministries and agencies."""
    assert by_level(session, 2022) == {"province": (272, 34), "regency": (3048, 508), "ministry": (210, 28)}


def test_2019_gives_five_per_province_and_four_per_regency(session: Session) -> None:
    found = by_level(session, 2019)
    assert found["province"] == (170, 34)
    assert found["regency"] == (508 * 4, 508)


def test_excluded_units_keep_their_reason(session: Session) -> None:
    rows = session.execute(
        text("SELECT reason FROM exclusion WHERE plan_year_id = :y"), {"y": find_plan_year(session, 2022)}
    ).all()
    assert len(rows) == 6
    assert all(row.reason for row in rows)


def test_freezing_twice_changes_nothing(session: Session) -> None:
    again = service.freeze(session, find_plan_year(session, 2022), now=NOW)
    assert (again.created, again.obligations) == (False, 3530)


def test_an_amended_plan_does_not_touch_frozen_obligations(session: Session) -> None:
    old = read_plan(plan_path("ranham-v-2022"))
    data = old.model_dump(mode="json")
    data["years"][0]["actions"] = data["years"][0]["actions"][1:]
    loaded = plan.load_plan(session, type(old).model_validate(data), now=NOW)
    assert loaded.version == 2
    assert service.freeze(session, find_plan_year(session, 2022), now=NOW).obligations == 3530
    assert find_period(session, "2022-B08").plan_version == 1


def test_loading_the_same_plan_twice_is_the_same_version(session: Session) -> None:
    again = plan.load(session, plan_path("ranham-v-2022"), now=NOW)
    assert (again.version, again.created) == (1, False)


def test_coming_regulation_runs_beside_the_old_one(session: Session) -> None:
    """The same label in two regulations needs the regulation's name; each has a year of its own to freeze."""
    data = read_plan(plan_path("ranham-v-2022")).model_dump(mode="json")
    data["regulation"]["code"] = "RANHAM-VI"
    plan.load_plan(session, type(read_plan(plan_path("ranham-v-2022"))).model_validate(data), now=NOW)
    with pytest.raises(Conflict, match="RANHAM-VI"):
        find_period(session, "2022-B08")
    fresh = service.freeze(session, find_plan_year(session, 2022, "RANHAM-VI"), now=NOW)
    assert (fresh.created, fresh.obligations) == (True, 3530)
    assert (
        find_period(session, "RANHAM-VI:2022-B08").plan_year_id
        != find_period(session, "RANHAM-V:2022-B08").plan_year_id
    )


def test_nobody_approves_their_own_excuse(session: Session) -> None:
    period = find_period(session, "2022-B08")
    obligation = session.scalar(
        text("SELECT min(id) FROM obligation WHERE plan_year_id = :y"), {"y": period.plan_year_id}
    )
    assert obligation is not None
    excuse = service.request_excuse(
        session, obligation, period.id, kind=ExcuseKind.EXCUSED, justification="flood", by="a", now=NOW
    )
    with pytest.raises(Conflict, match="cannot approve"):
        service.approve_excuse(session, excuse.id, by="a", now=NOW)
    assert service.approve_excuse(session, excuse.id, by="b", now=NOW).approved_by == "b"


def test_whoever_asked_for_an_excuse_is_told_of_the_decision(session: Session) -> None:
    period = find_period(session, "2022-B08")
    some = text("SELECT id FROM obligation WHERE plan_year_id = :y ORDER BY id LIMIT 2")
    owed = session.scalars(some, {"y": period.plan_year_id}).all()
    first, second = (
        service.request_excuse(
            session, each, period.id, kind=ExcuseKind.EXCUSED, justification="flood", by="a", now=NOW
        ).id
        for each in owed
    )
    for _ in range(2):
        service.approve_excuse(session, first, by="b", now=NOW)
        service.decline_excuse(session, second, reason="no proof", by="b", now=NOW)
    told = session.execute(text("SELECT topic, payload FROM outbox_message ORDER BY id")).all()
    assert [(topic, said["excuse_id"], said["requested_by"]) for topic, said in told] == [
        ("excuse.approved", first, "a"),
        ("excuse.declined", second, "a"),
    ]


def test_loaded_plans_cannot_be_rewritten(session: Session) -> None:
    with pytest.raises(IntegrityError, match="never changed"), session.begin_nested():
        session.execute(text("UPDATE action SET title_id = 'x'"))


def test_unknown_code_in_a_rule_is_a_finding() -> None:
    decision = rules.decide(
        [rules.Candidate(1, "province", "36")],
        [rules.Rule("province", None, {"99": "no such"})],
        [],
        date(2022, 1, 1),
    )
    assert [finding.found for finding in decision.findings] == ["code 99"]
