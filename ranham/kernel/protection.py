"""How migrations guard what is in the database. They call this, so its meaning never changes; it only grows.

Row-level security in one paragraph: requests of people run as the role `ranham_app`, which owns nothing. A table is
closed to it until a migration opens it with `protect`, naming the rows that may be read and written:

    def upgrade() -> None:
        op.create_table("decision", ...)
        for statement in protect("decision", read=READABLE_UNIT, insert=WRITABLE_UNIT):
            op.execute(statement)

    def downgrade() -> None:          # only where the table itself stays
        for statement in unprotect("decision"):
            op.execute(statement)

Conditions ask `(SELECT ranham_person())` and `unit_id IN (SELECT ranham_readable_units())`, in brackets with SELECT, so
that they are worked out once for a statement and not for each row. A table whose rows hang on another asks whether that
one's row can be seen: `EXISTS (SELECT FROM submission s WHERE s.id = submission_id)`, since its policies hold there too.
Decision 0006 says why; a test looks for tables that are open without a policy.
"""

from collections.abc import Sequence

from psycopg.errors import DuplicateObject, InsufficientPrivilege, UniqueViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ranham.kernel.errors import Conflict

APPLICATION_ROLE = "ranham_app"
ROLE_ATTRIBUTES = "LOGIN NOSUPERUSER NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

SIGNED_IN = "(SELECT ranham_person()) IS NOT NULL"
READABLE_UNIT = "unit_id IN (SELECT ranham_readable_units())"
WRITABLE_UNIT = "unit_id IN (SELECT ranham_writable_units())"
VERIFIABLE_UNIT = "unit_id IN (SELECT ranham_verifiable_units())"
"""Units whose reports the person may decide on as a verifier: never those that the person reports for."""
ACTOR = "'person:' || (SELECT ranham_person())"
"""How events name the person; null for nobody."""


def holds(*roles: str) -> str:
    """The condition that the person holds one of these roles today."""
    return "(" + " OR ".join(f"(SELECT ranham_has_role('{role}'))" for role in roles) + ")"


def protect(  # noqa: PLR0913 - one condition for each thing that can be done to a row
    table: str,
    *,
    read: str | None = None,
    insert: str | None = None,
    update: str | None = None,
    update_to: str | None = None,
    update_columns: Sequence[str] = (),
    delete: str | None = None,
) -> list[str]:
    """Statements that open a table to the application's role for the rows that meet the conditions, and no others.

    What has no condition stays closed. `update` holds for the row as it was, `update_to` for what it becomes (without
    it the same); only `update_columns` may change. Keep `update` as wide as the rows that are locked: `FOR UPDATE`
    silently leaves out the others.
    `delete` is for drafts: nothing that counts is ever deleted.
    """
    if (update is None) != (not update_columns) or (update_to is not None and update is None):
        raise ValueError(f"{table}: an update names its condition and its columns")
    made = [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"]
    rules = (
        ("read", "SELECT", read and f"USING ({read})"),
        ("insert", "INSERT", insert and f"WITH CHECK ({insert})"),
        ("update", "UPDATE", update and f"USING ({update}) WITH CHECK ({update_to or update})"),
        ("delete", "DELETE", delete and f"USING ({delete})"),
    )
    for name, command, condition in rules:
        if condition:
            columns = f" ({', '.join(update_columns)})" if command == "UPDATE" else ""
            made.append(f"GRANT {command}{columns} ON {table} TO {APPLICATION_ROLE}")
            made.append(f"CREATE POLICY {table}_{name} ON {table} FOR {command} TO {APPLICATION_ROLE} {condition}")
    return made


def unprotect(table: str) -> list[str]:
    """Statements that close a table again; also the first half of protecting it in another way."""
    return [
        *(f"DROP POLICY IF EXISTS {table}_{name} ON {table}" for name in ("read", "insert", "update", "delete")),
        f"REVOKE ALL ON {table} FROM {APPLICATION_ROLE}",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]


def definer_path(connection: Connection) -> str:
    """The search path of a function that runs with its owner's rights.

    Fixed, and with temporary tables last: a caller cannot slip a table of its own under a name that the function uses.
    """
    return f"pg_catalog, {schema(connection)}, pg_temp"


def schema(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT quote_ident(current_schema())")))


def create_role(connection: Connection, role: str = APPLICATION_ROLE) -> None:
    """Make the role if the server has none, and refuse one that policies would not hold.

    Roles belong to the whole server, so another database may be making the same one at this moment; then this waits
    for that and takes the role as it finds it.
    """
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)"), {"role": role}):
        try:
            with connection.begin_nested():
                connection.execute(text(f"CREATE ROLE {role} {ROLE_ATTRIBUTES}"))
        except DBAPIError as error:
            if isinstance(error.orig, InsufficientPrivilege):
                raise Conflict(
                    f"the role {role} does not exist and {connection.scalar(text('SELECT current_user'))} may not make "
                    f"it; ask whoever runs the server for: CREATE ROLE {role} {ROLE_ATTRIBUTES};"
                ) from error
            if not isinstance(error.orig, DuplicateObject | UniqueViolation):
                raise
    unsound = text("""
        SELECT rolsuper OR rolbypassrls OR rolcreaterole OR pg_has_role(rolname, current_user, 'MEMBER')
        FROM pg_roles WHERE rolname = :role
    """)
    if connection.scalar(unsound, {"role": role}):
        raise Conflict(
            f"row-level security would not hold {role}; run: ALTER ROLE {role} {ROLE_ATTRIBUTES}; "
            "and take it out of the role that owns the tables"
        )
