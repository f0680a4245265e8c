"""Addresses of settings: those of databases, looked at before anybody connects, and any of them as people may see it."""

import re

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
EXPECTED = (
    "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with / ? # @ : % in the password written as %2F %3F %23 %40 %3A %25"
)
HIGHEST_PORT = 65535
OTHER_DRIVER = "another driver than postgresql:// or postgresql+psycopg://"
SERVER = re.compile(r"(\[[^\[\]@]*\]|[^\[\]:@]*)(:[0-9]*)?")
"""Host and port, nothing else."""


def with_driver(configured: str) -> str:
    """The address as SQLAlchemy takes it, with our driver in place of the schemes that people write."""
    for scheme in ("postgresql://", "postgres://"):
        if configured.startswith(scheme):
            return f"{DRIVER}://{configured.removeprefix(scheme)}"
    return configured


def fault(configured: str) -> str | None:
    """What keeps this from being the address of a database, said without any part that may be secret; None if nothing."""
    try:
        url = make_url(with_driver(configured))
        if url.drivername != DRIVER:
            kind = url.drivername.partition("+")[0].lower()
            return (
                OTHER_DRIVER if kind in ("postgresql", "postgres") else "an address of something else than PostgreSQL"
            )
        if "@" in (url.host or ""):  # the second half of a password, which the driver's words would repeat
            return "an address with an @ too many"
        if url.port is not None and not 0 < url.port <= HIGHEST_PORT:
            return "a port that there is not"
        _, options = url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError):
        return "an address that cannot be read, or whose port is no number"
    try:
        make_conninfo(**options)
    except ProgrammingError:  # its words name the option, which may be half of a password with a ? in it
        return "an address with an option that libpq does not know"
    return None


def shown(address: str) -> str:
    """Without user and password, which stand before the first / ? or #; an @ behind these belongs to the path.

    What stands before them and is no host with its port is a password that holds one of these signs: it goes up to the
    last @ of all.
    """
    scheme, mark, rest = address.partition("://") if "://" in address else ("", "", address)
    server = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" in server:
        rest = server.rpartition("@")[2] + rest[len(server) :]
    elif not SERVER.fullmatch(server):
        rest = rest.rpartition("@")[2]
    return f"{scheme}{mark}{rest}"
