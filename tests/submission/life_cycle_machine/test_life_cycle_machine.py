"""Random people at random times drive reports through their life-cycle; what must always hold is checked at each step.

The machine keeps its own book of what was acknowledged, by rules of its own: it says beforehand whether a step is
possible, and compares the database with what follows from it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from ranham.kernel import settings as configuration
from ranham.submission.evidence import store
from tests.submission.life_cycle_machine.course import Course
from tests.submission.life_cycle_machine.holding import Holding

REACHED = (
    "write", "send", "upload", "attach", "fill in", "take", "take a second", "accept in pre_check",
    "accept in central", "final", "reopen", "send: refused",
)  # fmt: skip
"""What has to happen at least once in all runs together: a machine that never gets there tests nothing."""


class LifeCycle(Course, Holding):
    """Everybody at once."""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the evidence lies."""
    monkeypatch.setenv("RANHAM_EVIDENCE_URL", str(tmp_path))
    configuration.settings.cache_clear()
    store.open_store.cache_clear()
    yield tmp_path
    configuration.settings.cache_clear()
    store.open_store.cache_clear()


@pytest.mark.usefixtures("folder")
def test_the_life_cycle_holds_under_random_people_and_times(small_database: Engine) -> None:
    LifeCycle.engine = small_database
    LifeCycle.acknowledged.clear()
    # A failure shows its steps as they were: to have them shortened, which takes minutes, add Phase.shrink.
    run_state_machine_as_test(
        LifeCycle,
        settings=settings(
            max_examples=50,
            stateful_step_count=50,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    missed = [kind for kind in REACHED if not LifeCycle.acknowledged[kind]]
    assert not missed
