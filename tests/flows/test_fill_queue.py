"""Reports that came in are in the verifiers' queues after a tick, once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from tests.flows.test_cycle_flows import HEADER, TICK, inbox

IN_WINDOW = "2022-09-05T12:00:00+07:00"


def test_a_tick_brings_new_reports_to_their_verifiers(
    python: Callable[..., Any], application: Engine, tmp_path: Path
) -> None:
    answers = [f"{unit},D1,1,not_achieved,1,,,2022-09-05T10:00:00+07:00" for unit in ("36", "36.04")]
    (inbox(tmp_path) / "report.csv").write_text(HEADER + "\n".join(answers) + "\n")

    def ticked() -> list[str]:
        steps = [step.split()[0] for step in python(TICK, RANHAM_NOW=IN_WINDOW) if "2022-B08" in step]
        return [step for step in steps if step != "remind"]  # of reminders other tests speak

    assert ticked() == ["open", "roll_up"]
    assert ticked() == ["import", "verify", "roll_up"]
    with application.connect() as connection:
        queued = connection.execute(
            text("""SELECT r.state, t.tier, o.key FROM verification_task t JOIN report r ON r.id = t.report_id
                    JOIN verifying_office o ON o.id = t.office_id""")
        ).all()
    assert len(queued) == 2
    assert len({tuple(row) for row in queued}) == 1
    assert (queued[0].state, queued[0].tier) == ("submitted", "pre_check")
    assert ticked() == []
