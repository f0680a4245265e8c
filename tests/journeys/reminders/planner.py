"""`python -m tests.journeys.reminders.planner PERIOD`: for each time on its input a process that plans then, once.

Each is a fork of this one, which has loaded everything and never connects; connected, it answers with its number.
"""

import os
import sys
from datetime import datetime

from ranham.kernel.database import unit_of_work
from ranham.plan.queries import find_period
from ranham.reminder.planning import plan


def main() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        if os.fork() == 0:
            _plan(datetime.fromisoformat(line.strip()))
            os._exit(0)


def _plan(now: datetime) -> None:
    with unit_of_work() as session:
        period = find_period(session, sys.argv[1])
        sys.stdout.write(f"{os.getpid()}\n")
        sys.stdout.flush()
        plan(session, period, now=now)


if __name__ == "__main__":
    main()
