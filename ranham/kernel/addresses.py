"""Addresses of settings: those of databases, looked at before anybody connects, and any of them as people may see it."""

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

DRIVER = "postgresql+psycopg"
EXPECTED = (
    "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with / ? # @ : % in the password written as %2F %3F %23 %40 %3A %25"
)
HIGHEST_PORT = 65535


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
            return "an address of something else than PostgreSQL"
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
    """Without user and password. Up to the last @, as a password may hold signs that should have been escaped."""
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else address.rpartition("@")[2]
