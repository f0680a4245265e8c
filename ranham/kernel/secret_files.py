"""Secrets from files: `NAME_FILE` names a file whose content is the secret `NAME`, as containers and systemd hand it over.

`python -m ranham.kernel.secret_files COMMAND...` does it for a command that reads only its environment, such as Prefect.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ranham.kernel.errors import BadInput, Finding

SECRETS = (
    "RANHAM_DATABASE_URL",
    "RANHAM_APP_DATABASE_URL",
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
    "PREFECT_REDIS_MESSAGING_URL",
    "PREFECT_SERVER_DOCKET_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
)


def read(surroundings: Mapping[str, str]) -> dict[str, str]:
    """The secrets that files give, by name. What is wrong is said without a value."""
    found: dict[str, str] = {}
    for name in SECRETS:
        path = surroundings.get(f"{name}_FILE")
        if not path:
            continue
        if surroundings.get(name):
            raise BadInput([Finding(f"{name}_FILE", f"{name} beside it", "one of the two")])
        try:
            found[name] = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput([Finding(f"{name}_FILE", type(error).__name__, "a readable text file")]) from None
        if not found[name]:
            raise BadInput([Finding(f"{name}_FILE", "an empty file", "the secret")])
    return found


def main(arguments: list[str]) -> int:  # noqa: RET503 - the last call does not come back
    """Become the command, with the secrets in its environment."""
    try:
        secrets = read(os.environ)
    except BadInput as refused:
        sys.stderr.write(f"{refused}\n")
        return 3
    program = shutil.which(arguments[0]) if arguments else None
    if program is None:
        sys.stderr.write("a command that exists is expected after python -m ranham.kernel.secret_files\n")
        return 2
    surroundings = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in secrets}
    os.execve(program, arguments, {**surroundings, **secrets})  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
