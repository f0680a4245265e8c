"""`python -m tests.operations.ticking`: for each line of its input, a document with the environment, a process that ticks.

Each is a fork of this one, which has loaded everything and connected to nothing. It says its process id at once; what
became of the tick it writes into the file that the line names, unless it is killed.
"""

import json
import os
import sys
from pathlib import Path

from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.tick import tick


def main() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(asked["environment"])
            _tick(Path(asked["answer"]))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


def _tick(answer: Path) -> None:
    try:
        # Prefect has read its own settings before the fork.
        with temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"], PREFECT_CLIENT_MAX_RETRIES: 1}):
            answer.write_text(json.dumps(tick()))
    except BaseException as error:  # noqa: BLE001 - a process of its own, whose end is told by a file
        answer.write_text(json.dumps(f"{type(error).__name__}: {error}"))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
