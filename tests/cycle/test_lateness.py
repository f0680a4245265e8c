"""When a step is late, and what is safe to do."""

from datetime import UTC, datetime, timedelta

import pytest

from ranham.cycle.lateness import Holder, LastRun, StepFacts, Thresholds, due_since, late_by, next_due, safe_action
from ranham.cycle.models import RunState, Step
from ranham.cycle.rules import PeriodFacts, subject_of

OPENS = datetime(2022, 8, 29, 17, tzinfo=UTC)
ENDS = datetime(2022, 9, 6, 17, tzinfo=UTC)
AFTER = timedelta(days=30)
LIMITS = Thresholds(timedelta(minutes=15), {"roll_up": timedelta(hours=2)}, timedelta(hours=1))
PERIOD = PeriodFacts("RANHAM-V:2022-B08", OPENS, ENDS, frozen=True, opened_at=OPENS, closed_at=None, news=True)


def known(step: Step, **more: object) -> StepFacts:
    given = {"due": True, "work_since": None, "last": None, "skipped": False, "holder": None} | more
    return StepFacts(step, **given)  # type: ignore[arg-type]


def run(state: RunState) -> LastRun:
    return LastRun(1, state, OPENS + timedelta(hours=5), None, None, None, None)


@pytest.mark.parametrize(
    ("facts", "since"),
    [
        (known(Step.OPEN), OPENS),
        (known(Step.CLOSE), ENDS + AFTER),
        (known(Step.VERIFY, work_since=ENDS), ENDS),
        (known(Step.ROLL_UP, work_since=OPENS - timedelta(days=1)), OPENS),
        (known(Step.ROLL_UP), OPENS),
        (known(Step.ROLL_UP, last=run(RunState.FAILED)), OPENS + timedelta(hours=5)),
        (known(Step.ROLL_UP, last=run(RunState.DONE)), None),
        (known(Step.OPEN, due=False), None),
    ],
)
def test_a_step_is_due_since_its_day_or_since_its_work_came(facts: StepFacts, since: datetime | None) -> None:
    assert due_since(PERIOD, facts, AFTER) == since


def test_the_last_minute_of_the_threshold_is_not_late_and_each_step_may_have_its_own() -> None:
    assert late_by(OPENS, OPENS + timedelta(minutes=15), LIMITS.of(Step.OPEN), skipped=False) is None
    late = timedelta(minutes=15, seconds=1)
    assert late_by(OPENS, OPENS + late, LIMITS.of(Step.OPEN), skipped=False) == late
    assert late_by(OPENS, OPENS + late, LIMITS.of(Step.ROLL_UP), skipped=False) is None
    assert late_by(OPENS, OPENS + late, LIMITS.of(Step.OPEN), skipped=True) is None


def test_the_calendar_says_what_comes_next() -> None:
    before = OPENS - timedelta(days=1)
    fresh = PeriodFacts(PERIOD.label, OPENS, ENDS, frozen=False, opened_at=None, closed_at=None, news=True)
    assert [next_due(fresh, step, before, AFTER) for step in (Step.FREEZE, Step.OPEN, Step.CLOSE, Step.VERIFY)] == [
        OPENS, OPENS, ENDS + AFTER, None,
    ]  # fmt: skip
    assert next_due(PERIOD, Step.OPEN, before, AFTER) is None
    assert next_due(PERIOD, Step.CLOSE, ENDS + AFTER, AFTER) is None


def test_whoever_is_at_it_is_waited_for_until_it_takes_too_long() -> None:
    def holder(held: timedelta) -> Holder:
        return Holder("host:1:x", OPENS, ENDS, held)

    assert safe_action(known(Step.ROLL_UP, holder=holder(timedelta(minutes=5))), "P", LIMITS)[1] is None
    command = safe_action(known(Step.ROLL_UP, holder=holder(timedelta(hours=2))), "P", LIMITS)[1]
    assert command == 'ranham cycle release-lease P --because "..."'


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        (known(Step.CLOSE, skipped=True), "ranham cycle unskip P close"),
        (known(Step.ROLL_UP, last=run(RunState.FAILED)), "ranham cycle rerun P roll_up"),
        (known(Step.ROLL_UP, last=run(RunState.LOST), due=False), None),
        (known(Step.OPEN), "ranham cycle rerun P open"),
        (known(Step.OPEN, due=False), None),
    ],
)
def test_every_state_has_a_safe_action(facts: StepFacts, command: str | None) -> None:
    assert safe_action(facts, "P", LIMITS)[1] == command


def test_a_freeze_is_of_the_year() -> None:
    assert subject_of(Step.FREEZE, "RANHAM-V:2022-B08") == "RANHAM-V:2022"
    assert subject_of(Step.FREEZE, "UU-B-2:2022-B08") == "UU-B-2:2022"
    assert subject_of(Step.OPEN, "RANHAM-V:2022-B08") == "RANHAM-V:2022-B08"
