"""The doors that the application uses: units of work that carry a token, on connections that forget."""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.audit import queries as audit
from ranham.audit.service import record
from ranham.kernel import clock, database, migrations
from ranham.kernel.database import application_read_session, application_unit_of_work
from ranham.kernel.errors import Conflict, Forbidden
from ranham.kernel.settings import settings
from ranham.outbox import queries as outbox
from ranham.outbox.service import put
from ranham.plan.queries import find_period
from ranham.submission.schemas import COLUMNS
from ranham.submission.service import import_file
from tests.access import people
from tests.submission.answers_file import row


@pytest.fixture
def tokens(application: Engine) -> dict[str, str]:
    """Tokens of the operator of Serang, of Metro, and of an auditor, by name; `person` is the id of the first."""
    now = clock.now()
    made = {}
    with Session(application) as session, session.begin():
        for name, role, code in (
            ("serang", Role.OPERATOR, "36.04"),
            ("metro", Role.OPERATOR, "18.72"),
            ("auditor", Role.AUDITOR, None),
        ):
            person_id = people.person(session, f"{name}@example.go.id")
            place = Place(people.unit(session, code)) if code else Place()
            people.grant(session, person_id, role, place, since=clock.local_date(now))
            made[name] = people.token(session, person_id, now=now).raw
            made[f"{name} actor"] = f"person:{person_id}"
    return made


def write_event(session: Session, actor: str) -> None:
    record(session, actor=actor, kind="x", subject="x", subject_id=1, detail={}, now=clock.now())


def test_a_unit_of_work_is_its_person_s(tokens: dict[str, str]) -> None:
    person = text("SELECT session_user || ' ' || ranham_person()")
    with application_unit_of_work(tokens["serang"]) as session:
        first = session.scalar(person)
    with application_read_session(tokens["metro"]) as session:
        second = session.scalar(person)
        with pytest.raises(DBAPIError, match="read-only"):
            put(session, topic="x", key="x", payload={}, now=clock.now())
    ids = [tokens[f"{name} actor"].removeprefix("person:") for name in ("serang", "metro")]
    assert [first, second] == [f"ranham_app {person_id}" for person_id in ids]


def test_nothing_of_one_request_meets_the_next(tokens: dict[str, str]) -> None:
    with application_unit_of_work(tokens["serang"]) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
        for statement in (
            "CREATE TEMP TABLE submission AS SELECT 1 AS unit_id",
            "SET search_path = pg_temp, public",
            "SET ranham.token = 'x'",
            "SELECT pg_advisory_lock(1)",
        ):
            session.execute(text(statement))
    with application_unit_of_work(tokens["serang"]) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == first
        assert session.scalar(text("SELECT count(*) FROM submission")) == 0
        assert session.scalar(text("SHOW search_path")) == '"$user", public'
        assert session.scalar(text("SHOW timezone")) == "UTC"
        assert session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")) == 0
    with Session(database.application_engine()) as session:
        assert session.scalar(text("SELECT ranham_person()")) is None


def test_a_connection_on_which_sql_prepared_a_statement_is_given_up(tokens: dict[str, str]) -> None:
    with application_unit_of_work(tokens["serang"]) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
        session.execute(text("PREPARE _pg3_0 AS SELECT 'of somebody else'"))
    with application_unit_of_work(tokens["serang"]) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != first
        assert session.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE from_sql")) == 0


def test_a_connection_that_the_server_has_ended_is_replaced(tokens: dict[str, str]) -> None:
    with application_unit_of_work(tokens["serang"]) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
    with Session(database.engine()) as owner:
        owner.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": first})
    with application_unit_of_work(tokens["serang"]) as session:
        assert session.scalar(text("SELECT ranham_person()")) is not None


def test_a_token_is_not_in_what_others_of_the_role_see_of_a_statement(tokens: dict[str, str]) -> None:
    others = text("SELECT query FROM pg_stat_activity WHERE usename = 'ranham_app' AND pid <> pg_backend_pid()")
    with application_unit_of_work(tokens["serang"]), application_unit_of_work(tokens["metro"]) as watching:
        seen = watching.scalars(others).all()
    assert [query for query in seen if "ranham.token" in query]
    assert [query for query in seen if tokens["serang"] in query] == []


def test_a_token_is_in_no_error(tokens: dict[str, str]) -> None:
    with pytest.raises(DBAPIError) as refused, application_unit_of_work(tokens["serang"] + "\0"):
        pass
    assert tokens["serang"] not in str(refused.value)


def test_without_an_address_for_the_application_there_is_a_sentence(
    application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RANHAM_APP_DATABASE_URL")
    settings.cache_clear()
    with pytest.raises(Conflict, match="RANHAM_APP_DATABASE_URL"), application_unit_of_work("x"):
        pass


EMBEDDED = """
from sqlalchemy import text
from ranham.kernel import database, migrations
migrations.upgrade(database.engine())
with database.application_unit_of_work("x") as session:
    print(session.scalar(text("SELECT session_user || ' ' || coalesce(ranham_person()::text, 'nobody')")))
"""


def test_the_embedded_server_needs_no_address() -> None:
    # Not below pytest's own folder, which the server's user cannot enter.
    with tempfile.TemporaryDirectory(prefix="ranham-test-", ignore_cleanup_errors=True) as folder:
        unset = {name: value for name, value in os.environ.items() if not name.startswith("RANHAM_")}
        ran = subprocess.run(
            [sys.executable, "-c", EMBEDDED],
            env=unset | {"RANHAM_DATA_DIR": folder},
            cwd=migrations.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.stdout, ran.returncode) == ("ranham_app nobody\n", 0), ran.stderr


def test_an_address_that_row_level_security_does_not_hold_is_refused(
    application: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_APP_DATABASE_URL", application.url.render_as_string(hide_password=False))
    settings.cache_clear()
    with pytest.raises(Conflict, match="must be ranham_app"), application_unit_of_work("x"):
        pass


def test_a_database_without_schema_says_what_to_do(application: Engine) -> None:
    migrations.downgrade(application)
    with pytest.raises(Conflict, match="ranham db upgrade"), application_unit_of_work("x"):
        pass


def test_an_event_of_the_application_names_whoever_is_signed_in(application: Engine, tokens: dict[str, str]) -> None:
    with application_unit_of_work(tokens["serang"]) as session:
        write_event(session, tokens["serang actor"])
    for token, actor in (("serang", "metro actor"), ("auditor", "serang actor"), ("serang", "serang")):
        with (
            pytest.raises(Forbidden),
            application_unit_of_work(tokens[token]) as session,
        ):
            write_event(session, tokens[actor])
    with pytest.raises(Forbidden), application_unit_of_work("x") as session:
        write_event(session, "person:")
    with application_read_session(tokens["serang"]) as session:
        assert audit.events(session) == []
    with application_read_session(tokens["auditor"]) as session:
        report = audit.verify(session)
        assert audit.events(session)[0].actor == tokens["serang actor"]
    with Session(application) as session:
        assert audit.verify(session) == report
        assert report.broken_at is None


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event"])
def test_the_application_changes_no_event(tokens: dict[str, str], statement: str) -> None:
    with (
        pytest.raises(Forbidden),
        application_unit_of_work(tokens["auditor"]) as session,
    ):
        session.execute(text(statement))


def test_a_message_can_be_put_by_whoever_is_signed_in_and_read_by_nobody(
    application: Engine, tokens: dict[str, str]
) -> None:
    for name, new in (("serang", True), ("metro", False)):
        with application_unit_of_work(tokens[name]) as session:
            assert put(session, topic="x", key="x", payload={}, now=clock.now()) is new
    with pytest.raises(Forbidden), application_unit_of_work("x") as session:
        put(session, topic="x", key="y", payload={}, now=clock.now())
    with (
        pytest.raises(Forbidden),
        application_read_session(tokens["auditor"]) as session,
    ):
        outbox.waiting(session)
    with Session(application) as session:
        assert [message.key for message in outbox.waiting(session)] == ["x"]


@pytest.fixture
def sheet(application: Engine, tmp_path: Path) -> Callable[..., Path]:
    def write(*codes: str, answer: str = "achieved") -> Path:
        path = tmp_path / "answers.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(row(unit_code=code, answer=answer) for code in codes)
        return path

    return write


def test_an_operator_imports_reports_of_the_own_unit_and_of_no_other(
    application: Engine, tokens: dict[str, str], sheet: Callable[..., Path]
) -> None:
    def take(name: str, file: Path) -> tuple[int, int, bool]:
        with application_unit_of_work(tokens[name]) as session:
            period = find_period(session, "2022-B08")
            receipt = import_file(
                session, file, period=period, code_system="kemendagri", now=clock.now(), author=tokens[f"{name} actor"]
            )
        return receipt.submissions_new, receipt.submissions_revised, receipt.already_imported

    assert take("serang", sheet("36.04")) == (1, 0, False)
    assert take("serang", sheet("36.04")) == (0, 0, True)
    assert take("serang", sheet("36.04", answer="partly")) == (0, 1, False)
    assert take("metro", sheet("18.72")) == (1, 0, False)
    for codes in (("18.72",), ("36.04", "18.72")):
        with pytest.raises(Forbidden):
            take("serang", sheet(*codes, answer="not_achieved"))
    with Session(application) as session:
        kept = session.execute(text("SELECT unit_id, count(*) FROM submission GROUP BY 1 ORDER BY 2")).all()
        assert [count for _, count in kept] == [1, 2]
        who = session.scalars(text("SELECT DISTINCT 'person:' || imported_by FROM import_batch")).all()
        assert set(who) == {tokens["serang actor"], tokens["metro actor"]}
