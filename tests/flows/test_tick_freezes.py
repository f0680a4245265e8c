"""A tick on a year that nobody froze: it is done in the order of the cycle, and once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.flows.test_cycle_flows import TICK

FIRST_DAY = "2022-09-01T00:00:00+07:00"


@pytest.fixture
def unfrozen(application: Engine) -> Engine:
    """Plans are loaded, nobody has frozen a year."""
    with application.begin() as connection:
        for table in ("exclusion", "obligation", "year_freeze"):
            connection.execute(text(f"DELETE FROM {table}"))
    return application


def test_the_tick_freezes_the_year_before_it_opens_a_period(python: Callable[..., Any], unfrozen: Engine) -> None:
    done = [step for step in python(TICK, RANHAM_NOW=FIRST_DAY) if "2022" in step]
    assert done == ["freeze RANHAM-V:2022-B08", "open RANHAM-V:2022-B08", "roll_up RANHAM-V:2022-B08"]
    # Now that it is known who owes what, the next tick reminds; the one after has nothing to do.
    assert "remind RANHAM-V:2022-B08" in python(TICK, RANHAM_NOW=FIRST_DAY)
    with unfrozen.connect() as connection:
        freezes = connection.scalar(text("SELECT count(*) FROM year_freeze WHERE year = 2022"))
        before = connection.scalar(text("SELECT count(*) FROM cycle_run"))
    assert freezes == 1
    # Looking into an empty inbox is no step.
    assert all(step.startswith("import ") for step in python(TICK, RANHAM_NOW=FIRST_DAY))
    with unfrozen.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM cycle_run")) == before
