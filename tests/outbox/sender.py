"""`python -m tests.outbox.sender PORT`: for each line on its input a process that sends what is due, until killed.

Each is a fork of this one, which has loaded everything, and answers with its number; so a hundred of them cost little.
"""

import os
import sys
import time

from ranham.kernel import clock
from ranham.kernel.settings import SmtpSettings
from ranham.outbox.deliveries import send_due
from ranham.outbox.providers.smtp import Smtp
from ranham.outbox.routes import Routes
from tests.outbox.deliveries import COMPOSERS


def main() -> None:
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            send_for_ever(int(sys.argv[1]))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


def send_for_ever(port: int) -> None:
    server = SmtpSettings(
        host="127.0.0.1", port=port, security="none", sender="ranham@example.go.id", timeout_seconds=10
    )
    while True:
        if send_due(COMPOSERS, now=clock.now, routes=Routes({"email": [Smtp("smtp", server)]})).sent == 0:
            time.sleep(0.05)


if __name__ == "__main__":
    main()
