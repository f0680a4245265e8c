"""Row-level security over all tables there are, and the role that it is made for."""

import threading
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from alembic import command
from ranham.kernel import migrations
from ranham.kernel.errors import Conflict
from ranham.kernel.protection import create_role, protect

CLOSED = {"alembic_version", "api_token", "lease", "local_account"}
"""Tables that the application may not even look at."""


def test_every_table_that_is_open_to_the_application_has_policies(shared_national: Engine) -> None:
    with shared_national.connect() as connection:
        rows = connection.execute(
            text("""
                SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
                       ARRAY(SELECT a.privilege_type FROM aclexplode(c.relacl) a WHERE a.grantee = r.oid ORDER BY 1)
                       || ARRAY(SELECT DISTINCT a.privilege_type FROM pg_attribute t, aclexplode(t.attacl) a
                                WHERE t.attrelid = c.oid AND a.grantee = r.oid),
                       ARRAY(SELECT p.polcmd::text FROM pg_policy p WHERE p.polrelid = c.oid)
                FROM pg_class c, pg_roles r
                WHERE r.rolname = 'ranham_app' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                  AND c.relnamespace = 'public'::regnamespace
            """)
        ).all()
    letters = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
    for name, guarded, forced, granted, policies in rows:
        assert sorted(letters.get(each, each) for each in granted) == sorted(policies), name
        assert guarded is bool(granted) or name in CLOSED, name
        assert not forced, name
    assert {name for name, _, _, granted, _ in rows if not granted} >= CLOSED
    assert {name for name, _, _, granted, _ in rows if "DELETE" in granted} == {
        "draft_answer",
        "draft_evidence",
        "evidence",
        "idempotent_request",
    }


def test_nothing_is_open_to_everybody(shared_national: Engine) -> None:
    with shared_national.connect() as connection:
        tables = connection.scalars(
            text("""SELECT relname FROM pg_class c, aclexplode(c.relacl) a
                    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0""")
        )
        assert tables.all() == []
        functions = connection.scalars(
            text("""SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
                    AND (proconfig IS NULL OR has_function_privilege('public', oid, 'EXECUTE')
                         OR proconfig[1] NOT LIKE 'search_path=pg_catalog, %, pg_temp')""")
        )
        assert functions.all() == []


@pytest.fixture
def role(server: str) -> Iterator[str]:
    """A name for a role that is not there, dropped at the end if it was made."""
    name = f"ranham_test_{uuid.uuid4().hex[:12]}"
    yield name
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {name}")


@pytest.fixture
def empty(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Callable[[], Engine]]:
    made: list[Engine] = []

    def engine() -> Engine:
        made.append(create_engine(address(new_database())))
        return made[-1]

    yield engine
    for each in made:
        each.dispose()


def test_databases_that_make_the_role_at_once_do_not_get_in_each_other_s_way(
    role: str, empty: Callable[[], Engine]
) -> None:
    first, second = empty(), empty()
    ended: list[BaseException | None] = []

    def make() -> None:
        try:
            with second.begin() as connection:
                create_role(connection, role)
            ended.append(None)
        except DBAPIError as error:
            ended.append(error)

    with first.begin() as connection:
        create_role(connection, role)
        other = threading.Thread(target=make)
        other.start()
        with second.connect() as watching:
            waiting = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")
            while other.is_alive() and not watching.scalar(waiting):
                pass
    other.join()
    assert ended == [None]
    with second.begin() as connection:
        create_role(connection, role)  # there now


def test_who_may_not_make_the_role_is_told_what_to_ask_for(server: str, role: str, empty: Callable[[], Engine]) -> None:
    with empty().begin() as connection:
        connection.execute(text(f"CREATE ROLE {role}"))
        connection.execute(text(f"SET LOCAL ROLE {role}"))
        with pytest.raises(Conflict, match=f"{role} may not make it; ask .* CREATE ROLE {role}_app LOGIN"):
            create_role(connection, f"{role}_app")


@pytest.mark.parametrize("attribute", ["SUPERUSER", "BYPASSRLS", "CREATEROLE"])
def test_a_role_that_policies_would_not_hold_is_refused(role: str, attribute: str, empty: Callable[[], Engine]) -> None:
    with empty().begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} {attribute}"))
        with pytest.raises(Conflict, match="would not hold"):
            create_role(connection, role)
        connection.rollback()


def test_a_schema_in_which_everybody_may_create_is_closed(empty: Callable[[], Engine]) -> None:
    engine = empty()
    with engine.begin() as connection:
        connection.execute(text("GRANT CREATE ON SCHEMA public TO PUBLIC"))
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT has_schema_privilege('ranham_app', 'public', 'CREATE')")) is False


def test_going_down_takes_every_right_and_leaves_the_role(empty: Callable[[], Engine]) -> None:
    engine = empty()
    migrations.upgrade(engine)
    command.downgrade(migrations.config(engine), "20261124_access")
    with engine.connect() as connection:
        left = "SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee = 'ranham_app'::regrole"
        assert connection.scalar(text(left)) == 0
        assert connection.scalar(text("SELECT count(*) FROM pg_policy")) == 0
        assert connection.scalar(text("SELECT count(*) FROM pg_class WHERE relrowsecurity")) == 0
        assert connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname LIKE 'ranham%'")) == 0
        assert connection.scalar(text("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'ranham_app'")) is True


def test_an_update_names_its_columns() -> None:
    with pytest.raises(ValueError, match="columns"):
        protect("x", update="true")
    with pytest.raises(ValueError, match="condition"):
        protect("x", update_columns=["a"])
