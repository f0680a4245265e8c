"""`python -m tests.release.webhooks.publisher KEY N`: publishes what is signed off, stopping before the N-th statement.

It says `here` there and waits on its input, to be killed; where there are fewer statements it publishes and says `done`.
"""

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from ranham.kernel import clock
from ranham.kernel.database import engine, unit_of_work
from ranham.release import service
from ranham.release.signing import read_key

NUMBER = "RANHAM-V:2022-B08/1"


def main(key: Path, stop: int) -> None:
    done = 0
    signing = read_key(key)

    def wait() -> None:
        nonlocal done
        done += 1
        if done == stop:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            sys.stdin.read()

    with unit_of_work() as session:

        @event.listens_for(engine(), "before_cursor_execute")
        def before_statement(*_: Any) -> None:
            wait()

        @event.listens_for(session, "before_commit")
        def before_commit(_session: Any) -> None:
            wait()

        service.publish(session, NUMBER, key=signing, by="budi", now=clock.now())
    sys.stdout.write(f"done {done}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
