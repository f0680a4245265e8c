"""How migrations guard what is in the database. Migrations call this, so its meaning never changes, it only grows."""

from sqlalchemy import Connection, text


def definer_path(connection: Connection) -> str:
    """The search path of a function that runs with its owner's rights.

    Fixed, and with temporary tables last: a caller cannot slip a table of its own under a name that the function uses.
    """
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    return f"pg_catalog, {schema}, pg_temp"
