"""`python -m tests.journeys.reminders.planner PERIOD`: for each time on its input a process that plans then, once.

Each is a fork of this one, which has loaded everything and never connects, and answers with its number.
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
        child = os.fork()
        if child == 0:
            with unit_of_work() as session:
                plan(session, find_period(session, sys.argv[1]), now=datetime.fromisoformat(line.strip()))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
