"""How a program that is no command of `ranham` ends where it is refused: in a sentence, with the command line's codes."""

import sys
from collections.abc import Callable

from psycopg import OperationalError
from sqlalchemy.exc import OperationalError as DatabaseUnreachable

from ranham.kernel.errors import BadInput, Busy, RanhamError

REFUSED, WRONG_INPUT, BUSY = 1, 3, 4


def ended(main: Callable[[], int]) -> int:
    """Its exit code."""
    try:
        return main()
    except RanhamError as refused:
        words = str(refused)
        code = WRONG_INPUT if isinstance(refused, BadInput) else BUSY if isinstance(refused, Busy) else REFUSED
    except (OperationalError, DatabaseUnreachable) as error:
        words, code = f"the database does not answer: {str(error).splitlines()[0]}", REFUSED
    sys.stderr.write(f"{words}\n")
    return code
