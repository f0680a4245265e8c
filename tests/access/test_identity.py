"""Who somebody is cannot be made up by SQL: every way that we know of, tried as the application's role."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

import psycopg
import pytest
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access import service
from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from tests.access import people
from tests.access.guarded import METRO, SERANG, UNITS, Guarded, session_token
from tests.access.people import PASSWORD


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: "",
        lambda _: "rnh_forged",
        lambda g: str(g.person_ids["ministry"]),
        lambda g: hash_of(g.tokens["ministry"]),
        lambda g: g.tokens["ministry"] + " ",
        lambda g: g.tokens["ministry"].removeprefix("rnh_"),
        lambda g: g.tokens["ministry"].lower(),
        lambda _: "' OR true --",
        lambda _: "%",
    ],
)
def test_only_a_token_itself_is_a_proof(guarded: Guarded, forge: Callable[[Guarded], str]) -> None:
    assert guarded.seen(forge(guarded)) == set()


def test_without_a_token_there_is_nobody(guarded: Guarded) -> None:
    with guarded.connection(None) as opened:
        row = opened.execute("SELECT ranham_person(), ranham_has_role('ministry')").fetchone()
        assert row == (None, False)
        assert guarded.seen_on(opened) == set()


# Each is run as the operator of Serang; whether it is refused or not, no row of another unit may be seen after it.
TRIES = (
    "SELECT set_config('ranham.person', '1', false), set_config('ranham.person_id', '1', false)",
    "SELECT set_config('ranham.role', 'ministry', false)",
    "SELECT set_config('role', 'postgres', false)",
    "SELECT set_config('session_authorization', 'postgres', false)",
    "SET ROLE postgres",
    "SET ROLE pg_read_all_data",
    "RESET ROLE",
    "SET SESSION AUTHORIZATION postgres",
    "RESET SESSION AUTHORIZATION",
    "SET row_security = off",
    "SET session_replication_role = replica",
    "ALTER ROLE ranham_app BYPASSRLS",
    "ALTER ROLE ranham_app SUPERUSER",
    "GRANT postgres TO ranham_app",
    "ALTER TABLE submission DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE submission OWNER TO ranham_app",
    "DROP POLICY submission_read ON submission",
    "CREATE POLICY open ON submission USING (true)",
    "GRANT SELECT ON api_token TO ranham_app",
    "CREATE OR REPLACE FUNCTION ranham_person() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "ALTER FUNCTION ranham_person() RESET search_path",
    "DROP FUNCTION ranham_person() CASCADE",
    "CREATE FUNCTION public.ranham_today() RETURNS date LANGUAGE sql AS 'SELECT NULL::date'",
    "CREATE SCHEMA mine",
    "SELECT ranham_roles()",
    ("CREATE TEMP TABLE role_assignment AS SELECT {ministry}::bigint AS person_id, 'ministry' AS role, NULL::bigint AS unit_id, "
    "NULL::bigint AS office_id, current_date AS valid_from, NULL::date AS valid_to"),
    ("CREATE TEMP TABLE api_token AS SELECT {ministry}::bigint AS person_id, "
    "encode(sha256(convert_to(current_setting('ranham.token'), 'UTF8')), 'hex') AS hash, NULL::timestamptz AS revoked_at, "
    "'infinity'::timestamptz AS expires_at, 'token' AS kind"),
    "CREATE TEMP TABLE reporting_unit AS SELECT generate_series(1, 1000)::bigint AS id; SET search_path = pg_temp, public",
    ("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$SELECT '\\x00'::bytea$$; "
    "SET search_path = pg_temp, pg_catalog, public"),
    ("INSERT INTO role_assignment (person_id, role, valid_from, granted_by, granted_at) "
    "VALUES ({operator}, 'ministry', current_date, 'x', now())"),
    "UPDATE role_assignment SET role = 'ministry'",
    "UPDATE person SET id = {ministry}",
    ("INSERT INTO unit_version (unit_id, valid_from, name, type, parent_id, time_zone, verified) "
    "SELECT 1, current_date, 'x', 'x', 1, 'x', true"),
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY api_token TO STDOUT",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT lo_import('/etc/passwd')",
    "DO $$BEGIN EXECUTE 'SET ROLE postgres'; END$$",
)  # fmt: skip


@pytest.mark.parametrize("attempt", TRIES)
def test_no_statement_makes_somebody_else(guarded: Guarded, attempt: str) -> None:
    with guarded.connection("operator") as opened:
        opened.execute("SAVEPOINT before")
        try:
            opened.execute(attempt.format(**guarded.person_ids))
        except psycopg.Error:
            opened.execute("ROLLBACK TO before")
        try:
            seen = {row[0] for row in opened.execute("SELECT unit_id FROM public.submission")}
        except psycopg.Error:
            seen = set()
        assert seen <= {guarded.unit_ids[SERANG]}
        opened.execute("ROLLBACK TO before")
        row = opened.execute("SELECT session_user, current_user, ranham_person()").fetchone()
        assert row == ("ranham_app", "ranham_app", guarded.person_ids["operator"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT unit_id FROM submission WHERE unit_id = {metro}",
        "SELECT unit_id FROM submission WHERE unit_id = {metro} OR true",
        "SELECT unit_id FROM ONLY submission",
        "SELECT (SELECT unit_id FROM submission WHERE unit_id = {metro})",
        "WITH all_of_them AS MATERIALIZED (SELECT * FROM submission) SELECT unit_id FROM all_of_them",
        "SELECT max(unit_id) FROM submission WHERE unit_id <> {serang}",
        "SELECT o.unit_id FROM obligation o JOIN submission s USING (id) WHERE s.unit_id = {metro}",
        "SELECT s.unit_id FROM submission s RIGHT JOIN measure_answer m ON m.submission_id = s.id",
        "TABLE submission",
    ],
)
def test_no_query_shows_a_row_of_another_unit(guarded: Guarded, query: str) -> None:
    serang, metro = guarded.unit_ids[SERANG], guarded.unit_ids[METRO]
    with guarded.connection("operator") as opened:
        found = str(opened.execute(query.format(serang=serang, metro=metro)).fetchall())
    assert str(metro) not in found


def test_a_function_that_talks_is_not_shown_hidden_rows(guarded: Guarded) -> None:
    heard: list[str] = []
    with guarded.connection("operator") as opened:
        opened.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        opened.execute(
            "CREATE FUNCTION pg_temp.talk(bigint) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS "
            "$$BEGIN RAISE NOTICE 'unit %', $1; RETURN true; END$$"
        )
        opened.execute("SELECT 1 FROM submission WHERE pg_temp.talk(unit_id)")
        opened.execute("SELECT 1 FROM submission GROUP BY unit_id HAVING pg_temp.talk(unit_id)")
    assert set(heard) == {f"unit {guarded.unit_ids[SERANG]}"}


def test_copying_out_shows_the_own_rows_and_copying_in_is_refused(guarded: Guarded) -> None:
    with guarded.connection("operator") as opened:
        with opened.cursor().copy("COPY submission (unit_id) TO STDOUT") as copy:
            assert {bytes(line).decode().strip() for line in copy} == {str(guarded.unit_ids[SERANG])}
        with pytest.raises(FeatureNotSupported), opened.cursor().copy("COPY submission FROM STDIN") as copy:
            copy.write("x")


def test_row_security_cannot_be_left_out(guarded: Guarded) -> None:
    with guarded.connection("operator") as opened:
        opened.execute("SET row_security = off")
        with pytest.raises(InsufficientPrivilege, match="affected by row-level security"):
            opened.execute("SELECT 1 FROM submission")


def test_the_database_owner_passes_by(guarded: Guarded) -> None:
    with guarded.owner.connect() as owner:
        seen = set(owner.execute(text("SELECT unit_id FROM submission")).scalars())
    assert seen == {guarded.unit_ids[code] for code in UNITS}


def a_person(owner: Engine, place: Place, *, since: int = 0, to: int | None = None) -> tuple[int, str]:
    """An operator from so many days from today on, up to another day."""
    now = clock.now()
    today = clock.local_date(now)
    ends = None if to is None else today + timedelta(days=to)
    with Session(owner) as session, session.begin():
        made = people.person(session)
        people.grant(session, made, Role.OPERATOR, place, since=today + timedelta(days=since), to=ends)
        return made, people.token(session, made, now=now).raw


@pytest.mark.parametrize(
    ("since", "to", "sees"),
    [(0, None, True), (-9, None, True), (-9, 1, True), (-9, 0, False), (1, None, False), (0, 0, False)],
)
def test_a_role_counts_on_its_days(guarded: Guarded, since: int, to: int | None, sees: bool) -> None:
    # An empty span cannot be granted; it comes about by ending a role on its first day.
    _, token = a_person(guarded.owner, Place(guarded.unit_ids[SERANG]), since=since, to=to or None)
    if to == 0:
        with Session(guarded.owner) as session, session.begin():
            role = session.execute(text("SELECT max(id) FROM role_assignment")).scalar_one()
            today: date = clock.local_date(clock.now())
            service.end_role(session, role, on=today, by="x", now=clock.now())
    assert guarded.seen(token) == ({SERANG} if sees else set())


def test_a_hand_over_moves_the_rows_with_it(guarded: Guarded) -> None:
    before, old = a_person(guarded.owner, Place(guarded.unit_ids[SERANG]))
    after, new = a_person(guarded.owner, Place(guarded.unit_ids[METRO]))
    with Session(guarded.owner) as session, session.begin():
        role = session.execute(text("SELECT id FROM role_assignment WHERE person_id = :p"), {"p": before}).scalar_one()
        service.hand_over(session, role, after, on=clock.local_date(clock.now()), by="x", now=clock.now())
    assert (guarded.seen(old), guarded.seen(new)) == (set(), {SERANG, METRO})


def test_a_token_that_ended_was_revoked_or_whose_person_is_disabled_shows_nothing(guarded: Guarded) -> None:
    now = clock.now()
    siti, token = a_person(guarded.owner, Place(guarded.unit_ids[SERANG]))
    with Session(guarded.owner) as session, session.begin():
        expired = people.token(session, siti, now=now - timedelta(days=2), days=2 - 1e-6).raw
        revoked = people.token(session, siti, now=now)
        service.revoke_token(session, revoked.id, by="x", now=now)
    assert [guarded.seen(each) for each in (token, expired, revoked.raw)] == [{SERANG}, set(), set()]
    with Session(guarded.owner) as session, session.begin():
        service.disable_person(session, siti, by="x", now=now)
        service.enable_person(session, siti, by="x", now=now)
        again = people.token(session, siti, now=now).raw
    assert [guarded.seen(each) for each in (token, again)] == [set(), {SERANG}]
    with Session(guarded.owner) as session, session.begin():
        # Disabled without revoking, as nobody does it: the token alone must not be enough.
        session.execute(text("UPDATE person SET disabled_at = now() WHERE id = :p"), {"p": siti})
    assert guarded.seen(again) == set()


def test_a_session_sees_nothing_until_the_first_password_is_changed(guarded: Guarded) -> None:
    siti, program = a_person(guarded.owner, Place(guarded.unit_ids[SERANG]))
    with Session(guarded.owner) as session, session.begin():
        service.set_password(session, siti, PASSWORD, by="x", now=clock.now())
        opened = session_token(session, siti)
    assert [guarded.seen(each) for each in (opened, program)] == [set(), {SERANG}]
    with Session(guarded.owner) as session, session.begin():
        kept = service.authenticate(session, opened, clock.now())
        assert kept is not None
        service.change_password(
            session, siti, old=PASSWORD, new=PASSWORD + "!", now=clock.now(), keep_token_id=kept.token_id
        )
    assert guarded.seen(opened) == {SERANG}
