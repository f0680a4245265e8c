"""kill -9 of a process in the middle of an upload: nothing has a final name, and the upload can be done again."""

import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from ranham.submission.evidence.inspecting import verify
from ranham.submission.evidence.queries import of_unit
from ranham.submission.evidence.store import configured
from ranham.submission.evidence.sweeping import UnitOfWork, sweep
from tests.submission.evidence.desk import unit, upload
from tests.submission.evidence.documents import PDF

KILLS = 5
PIECES = 160
CONTENT = PDF + bytes(100_000) * PIECES
VICTIM = """
import sys
from tests.submission.evidence.desk import upload_slowly
upload_slowly(sys.argv[1], int(sys.argv[2]))
"""


def kill_while_uploading(engine: Engine, after: int) -> int:
    """The victim stops by itself after so many pieces and says so; then it is killed. What lies about is counted."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, engine.url.render_as_string(hide_password=False), str(after)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    with victim:
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == "waiting"
        victim.kill()
        return victim.wait(60)


def test_killed_uploads_leave_nothing_under_a_final_name(
    committed: Engine, unit_of_work: UnitOfWork, folder: Path
) -> None:
    chance = random.Random(2022)
    for _ in range(KILLS):
        assert kill_while_uploading(committed, chance.randrange(1, PIECES)) == -9
        assert list(configured().keys()) == []
        with unit_of_work() as session:
            assert of_unit(session, unit(session)) == []
    with unit_of_work() as session:
        kept = upload(session, CONTENT)
    assert not kept.already_stored
    left = len(list((folder / "incoming").iterdir()))
    assert 0 < left <= KILLS  # one that was killed before its first part was written left nothing
    assert sweep(unit_of_work, now=datetime.now(UTC)).temporaries == 0
    assert sweep(unit_of_work, now=datetime.now(UTC) + timedelta(days=2)).temporaries == left
    with unit_of_work() as session:
        assert [item.fault for item in verify(session)] == [None]
