"""A disk that is full from a certain number of bytes on: `python -m tests.operations.full_disk BYTES COMMAND...`.

No file of the command may grow beyond it. A write beyond fails in the middle, as on a full disk; what is there stays.
"""

import os
import resource
import signal
import sys


def main() -> None:
    size, command = int(sys.argv[1]), sys.argv[2:]
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error, not the end of the process
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
