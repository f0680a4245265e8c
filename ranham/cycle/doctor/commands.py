"""Commands that people are told to type."""

import os

NEEDS_PASSWORD = ("prefect ", "python -m flows.")


def with_secrets(command: str) -> str:
    """With the password of Prefect's server, where a file holds it; what does not talk to that server stays as it is.

    Refused, Prefect's command may say all the same that it did what it was told.
    """
    from_file = command.startswith(NEEDS_PASSWORD) and os.environ.get("PREFECT_API_AUTH_STRING_FILE")
    return f"python -m ranham.kernel.secret_files {command}" if from_file else command
