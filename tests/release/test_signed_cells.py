"""What is signed is what the public may see: a hidden value is in no byte of it, and the rule is in it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance.rules import Counts
from ranham.cycle import service as cycle
from ranham.kernel.errors import BadInput, Conflict
from ranham.kernel.small_cells import SmallCells
from ranham.release import service
from ranham.release.companions import load_public
from ranham.release.content import ReleaseContent, load
from ranham.release.difference import compare
from ranham.release.file import check_file, says_more_than_others, to_file
from ranham.release.formats.published import publish
from ranham.release.queries import get_release
from ranham.release.rules import suppression
from ranham.release.spelling import canonical
from ranham.release.suppression import policy_of
from ranham.release.whatif import WhatIf, what_if
from tests.compliance.reports import obligation_ids, report
from tests.release.test_suppression import GROUPS, regencies, release
from tests.release.world import LATER, NOW, closed_period, key, period, published

FEW = """
DELETE FROM obligation o WHERE o.id % 40 <> 1 AND (o.id % 8 <> 1 OR NOT EXISTS (
    SELECT FROM action a JOIN target_group g ON g.id = a.target_group_id WHERE a.id = o.action_id AND g.code = 'perempuan'))
"""
KNOWN = frozenset({"anak", "perempuan", "disabilitas"})
RULE = SmallCells(target_groups=("anak",), threshold=5)


def second(content: ReleaseContent, rules: dict[str, Any]) -> ReleaseContent:
    header = replace(content.header, rules=rules, release_format="ranham-release/2")
    return replace(content, header=header)


def told(content: ReleaseContent) -> list[dict[str, Any]]:
    table = json.loads(canonical(content))["figures"]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


@settings(deadline=None, max_examples=25)
@given(regencies())
def test_what_is_signed_says_no_more_than_the_files(below: Any) -> None:
    content = second(release(below), {"suppression": suppression(RULE, GROUPS, KNOWN)})
    for signed, row in zip(told(content), publish(content).rows, strict=True):
        assert (signed["numerator"], signed["denominator"]) == (row.numerator, row.denominator)
        assert (signed["suppressed"] is not None) == row.suppressed


def test_without_a_rule_everything_is_signed() -> None:
    three = Counts(units=3, reporters=3, obligations=3, reported=3, on_time=3, achieved=2, score_bp=15000)
    content = second(release({"11.01": dict.fromkeys(GROUPS, three)}), {})
    assert [(row["numerator"], row["suppressed"]) for row in told(content)] == [
        (f.numerator, None) for f in content.figures
    ]


def test_a_rule_on_what_no_plan_has_is_refused() -> None:
    assert suppression(None, GROUPS, KNOWN) is None
    for groups, actions in ((("anak", "Anak"), {}), (("anak",), {"D1": "anka"})):
        with pytest.raises(BadInput, match="RANHAM_SMALL_CELLS"):
            suppression(SmallCells(target_groups=groups, threshold=5, actions=actions), GROUPS, KNOWN)


def test_a_release_records_the_rule_and_is_signed_without_what_it_hides(
    session: Session, tmp_path: Path, ruled: Any
) -> None:
    signing = key(tmp_path)
    few = {"target_groups": ["anak", "perempuan"], "threshold": 50}
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(FEW))
    session.execute(text("SET LOCAL session_replication_role = origin"))
    found = period(session)
    for owed in obligation_ids(session, found.plan_year_id)[::2]:
        report(session, owed, found.id)
    opened = found.opens_at()
    assert opened is not None
    cycle.open_period(session, found, now=opened)
    cycle.close_period(session, found, now=NOW)
    ruled(None)
    first = published(session, service.make(session, found, by="siti", now=NOW), signing)
    assert "suppression" not in first.rules
    ruled(few)
    # It is set after the first was signed, so that one's release file would say more than its other files.
    assert says_more_than_others(load(session, first.number), policy_of({"suppression": few}))
    made = service.amend(session, found, by="siti", now=LATER, reason="aturan sel kecil")
    number = published(session, made, signing, now=LATER).number
    content = load(session, number)
    recorded = content.header.rules["suppression"]
    assert (recorded["target_groups"], recorded["threshold"]) == (["anak", "perempuan"], 50)
    assert set(recorded["actions"]) == {action.code for action in content.actions}
    ruled(None)  # whatever is set later
    assert not says_more_than_others(content, None)
    data = to_file(content)
    checked = check_file(data, signing.public)
    assert checked.signed
    assert checked.hidden > 0
    assert checked.content["release"]["rules"]["suppression"] == recorded
    rows = publish(content).rows
    table = checked.content["figures"]
    values = [(dict(zip(table["columns"], row, strict=True))) for row in table["rows"]]
    assert [(v["numerator"], v["denominator"]) for v in values] == [(r.numerator, r.denominator) for r in rows]
    shown = load_public(session, number)
    assert len(shown.figures) == sum(not row.suppressed for row in rows)
    assert any(
        cause.kind == "rule" and "suppression" in cause.what for cause in compare(session, first.number, number).causes
    )


def test_what_was_made_under_a_weaker_rule_is_not_let_out(session: Session, tmp_path: Path, ruled: Any) -> None:
    found, signing = closed_period(session, every=40), key(tmp_path)
    strong = {"target_groups": ["anak"], "threshold": 5}
    ruled(None)
    version = service.make(session, found, by="siti", now=NOW).number
    sandbox = what_if(session, found, WhatIf({"scoring": {"green_from_bp": 7000}}), by="siti", now=NOW)[0].number
    ruled(strong)
    for let_out in (
        lambda: service.propose(session, version, by="siti", now=NOW),
        lambda: service.promote(session, sandbox, by="siti", now=NOW, reason="ambang lain"),
    ):
        with pytest.raises(Conflict, match="weaker small-cell rule"):
            let_out()
    service.drop(session, version, by="siti", now=NOW)
    anew = service.make(session, found, by="siti", now=NOW, reason="aturan sel kecil").number
    service.propose(session, anew, by="siti", now=NOW)
    service.sign_off(session, anew, by="budi", now=NOW)
    for later in ({**strong, "threshold": 6}, {**strong, "target_groups": ["anak", "perempuan"]}):
        ruled(later)
        with pytest.raises(Conflict, match="weaker small-cell rule"):
            service.publish(session, anew, key=signing, by="budi", now=NOW)
    ruled({**strong, "threshold": 3})
    assert service.publish(session, anew, key=signing, by="budi", now=NOW).rules["suppression"]["threshold"] == 5


def test_a_rule_on_a_group_that_no_plan_has_lets_nothing_out(session: Session, tmp_path: Path, ruled: Any) -> None:
    signing, found = key(tmp_path), closed_period(session)
    ruled(None)
    version = service.make(session, found, by="siti", now=NOW).number
    ruled({"target_groups": ["Disabilitas"], "threshold": 5})
    for let_out in (
        lambda: service.propose(session, version, by="siti", now=NOW),
        lambda: what_if(session, found, WhatIf({"scoring": {"green_from_bp": 7000}}), by="siti", now=NOW),
        lambda: load_public(session, version),
    ):
        with pytest.raises(
            BadInput, match="RANHAM_SMALL_CELLS, target_groups: found Disabilitas, expected one of anak"
        ):
            let_out()
    ruled(None)
    number = published(session, get_release(session, version), signing).number
    ruled({"target_groups": ["disabilitas"], "threshold": 5, "actions": {"D1": "disabilita"}})
    with pytest.raises(BadInput, match=r"actions, D1: found disabilita, expected .*\(none\)"):
        load_public(session, number)
