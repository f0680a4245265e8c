"""What-ifs: other weights and territories, a range that may be stopped, and what becomes of a sandbox."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from ranham.cycle import service as cycle
from ranham.kernel.errors import BadInput, Conflict
from ranham.release import rules, service
from ranham.release.content import load
from ranham.release.difference import compare
from ranham.release.whatif import WhatIf, periods_between, what_if
from ranham.verification.rules import Aspect, Decision, Mark, MeasureMark, ReasonCode, Verdict
from ranham.verification.service import decide, take
from tests.release.world import LATER, NEW_TERRITORY, NOW, closed_period
from tests.verification import desk

HEAVY = rules.weights("administrative=9000,substantive=1000")


def marked_period(session: Session):  # type: ignore[no-untyped-def] # noqa: ANN201
    """One report of Serang, read in both tiers: administratively whole, half of it off the measure."""
    found = desk.b08(session)
    cycle.open_period(session, found, now=desk.NOW)
    desk.send(session, desk.SERANG)
    desk.fill(session)
    for _ in range(2):
        (task,) = desk.tasks(session)
        take(session, task.task_id, by="reader", now=desk.NOW)
        marks = [
            MeasureMark(mark.measure_no, mark.aspect, Mark.PARTLY, ReasonCode.OFF_MEASURE)
            if mark.aspect is Aspect.SUBSTANTIVE
            else mark
            for mark in desk.full(session, task.task_id)
        ]
        decision = Decision(Verdict.ACCEPT, marks)
        decide(session, task.task_id, decision, by="reader", close_after_days=desk.CLOSE_AFTER, now=desk.NOW)
    cycle.close_period(session, found, now=NOW)
    return found


def test_other_weights_recompute_scores_from_the_marks(session: Session) -> None:
    found = marked_period(session)
    as_is = service.make(session, found, by="siti", now=NOW)
    sandbox, new = what_if(session, found, WhatIf(HEAVY), by="siti", now=LATER)
    assert (sandbox.number, sandbox.sandbox, new) == ("RANHAM-V:2022-B08/sandbox-1", True, True)
    causes = {cause.kind: cause.what for cause in compare(session, as_is.number, sandbox.number).causes}
    # 3000 + 7000 / 2 as the plan has it, 9000 + 1000 / 2 as asked.
    assert causes["weighing"] == "the same marks weigh 95.00 instead of 65.00"
    assert set(causes) == {"weighing", "rule"}
    scoring = load(session, sandbox.number).header.rules["scoring"]
    assert scoring["administrative_weight_bp"] == 9000
    assert "administrative_weight_bp" in scoring["unverified"]


def test_what_exists_with_the_same_inputs_is_left_as_it_is(session: Session) -> None:
    found = closed_period(session)
    asked = WhatIf(territory_as_of=NEW_TERRITORY)
    first, made = what_if(session, found, asked, by="siti", now=NOW)
    again, made_again = what_if(session, found, asked, by="siti", now=LATER)
    other, made_other = what_if(session, found, WhatIf(territory_as_of=date(2023, 6, 1)), by="siti", now=LATER)
    assert (first.number, made, made_again) == (again.number, True, False)
    assert (other.number, made_other) == ("RANHAM-V:2022-B08/sandbox-2", True)


def test_a_sandbox_is_promoted_with_a_reason_and_never_proposed_as_it_is(session: Session) -> None:
    found = closed_period(session)
    sandbox, _ = what_if(session, found, WhatIf(territory_as_of=NEW_TERRITORY), by="siti", now=NOW)
    number = sandbox.number
    with pytest.raises(Conflict, match="is a sandbox; promote it with a reason first"):
        service.propose(session, number, by="siti", now=NOW)
    with pytest.raises(BadInput, match="has to be told why"):
        service.promote(session, number, by="siti", now=NOW, reason=" ")
    promoted = service.promote(session, number, by="siti", now=NOW, reason="pemekaran")
    assert promoted.number == "RANHAM-V:2022-B08/1"
    assert service.propose(session, promoted.number, by="siti", now=NOW).state == "proposed"
    again, _ = what_if(session, found, WhatIf(territory_as_of=date(2023, 6, 1)), by="siti", now=NOW)
    assert service.drop(session, again.number, by="siti", now=NOW).state == "dropped"


def test_reports_without_marks_cannot_be_weighed_otherwise(session: Session) -> None:
    with pytest.raises(Conflict, match="verified reports of RANHAM-V:2022-B08 have no marks"):
        what_if(session, closed_period(session), WhatIf(HEAVY), by="siti", now=NOW)


def test_a_range_holds_the_periods_with_a_window(session: Session) -> None:
    assert [each.label for each in periods_between(session, "2022-B04..2022-B12")] == ["2022-B08", "2022-B12"]
    with pytest.raises(BadInput, match="two periods"):
        periods_between(session, "2022-B04")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"scoring": {"administrative_weight_bp": 4000}}, "make 10000 together"),
        ({"scoring": {"weight": 4000}}, "scoring.weight"),
        ({"colours": {}}, "one of scoring, verification"),
        ({"scoring": {"missing_scores_zero": False}}, "this cannot be changed"),
    ],
)
def test_rules_that_make_no_sense_are_refused(session: Session, said: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        what_if(session, closed_period(session, every=1000), WhatIf(said), by="siti", now=NOW)


@pytest.mark.parametrize("said", ["administrative=1", "administrative=a,substantive=b", "x=1,substantive=2"])
def test_weights_name_both_aspects(said: str) -> None:
    with pytest.raises(BadInput, match="administrative=3000,substantive=7000"):
        rules.weights(said)
