"""Whom events name for what is done on the command line."""

import getpass


def command_line_actor() -> str:
    """The system's user: whoever may run these commands owns the database already."""
    return f"cli:{getpass.getuser()}"
