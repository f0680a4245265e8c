"""People, roles, accounts and tokens from the command line."""

import getpass
import io

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access import service
from ranham.kernel import clock
from tests.access.people import PASSWORD
from tests.cli.command import ranham

pytestmark = pytest.mark.usefixtures("application")
SITI, BUDI = "siti@banten.go.id", "budi@banten.go.id"


@pytest.fixture
def two_people(application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    for email, name in ((SITI, "Siti"), (BUDI, "Budi")):
        assert ranham(capsys, "person", "add", email, "--name", name).code == 0


@pytest.mark.usefixtures("two_people")
def test_a_role_is_granted_handed_over_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    granted = ranham(capsys, "role", "grant", SITI, "operator", "--unit", "36.04", "--from", "2026-01-01")
    assert (granted.code, "role assignment 1" in granted.out) == (0, True)
    assert ranham(capsys, "role", "hand-over", "1", BUDI, "--on", "2026-02-01").code == 0
    assert ranham(capsys, "role", "end", "2", "--on", "2026-03-01").code == 0
    for day, holders in (("2026-01-31", [SITI]), ("2026-02-01", [BUDI]), ("2026-03-01", [])):
        rows = ranham(capsys, "role", "list", "--as-of", day, "--format", "json").json
        assert [row["email"] for row in rows] == holders
    history = ranham(capsys, "role", "list", "--email", SITI, "--history", "--format", "json").json
    assert [(row["unit_code"], row["place"], row["valid_to"]) for row in history] == [("36.04", "Serang", "2026-02-01")]
    assert "role.granted" in ranham(capsys, "audit", "list", "--format", "json").out


@pytest.mark.usefixtures("two_people")
def test_offices_and_agencies_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    grants = (
        ("verifier", "--office", "kanwil-ham-08"),
        ("opd_contributor", "--unit", "36.04", "--opd", "Dinas Sosial"),
        ("ministry",),
    )
    for grant in grants:
        assert ranham(capsys, "role", "grant", SITI, *grant).code == 0
    rows = ranham(capsys, "role", "list", "--format", "json").json
    assert {row["role"]: row["place"] for row in rows}["opd_contributor"] == "Dinas Sosial, Serang"
    assert ranham(capsys, "role", "list").code == 0


@pytest.mark.usefixtures("two_people")
@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (("operator",), 3),
        (("verifier", "--office", "kanwil-99"), 1),
        (("operator", "--unit", "99"), 1),
        (("king",), 2),
    ],
)
def test_a_role_that_cannot_be_is_a_sentence(
    grant: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ranham(capsys, "role", "grant", SITI, *grant)
    assert (answer.code, bool(answer.err)) == (code, True)


@pytest.mark.usefixtures("two_people")
def test_a_token_is_printed_alone_and_once(application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    issued = ranham(capsys, "token", "issue", SITI, "--name", "upload", "--scope", "read", "--days", "3")
    raw = issued.out.strip()
    assert (raw.startswith("rnh_"), "not shown again" in issued.err) == (True, True)
    with Session(application) as session:
        found = service.authenticate(session, raw, clock.now())
    assert found is not None
    assert found.name == "Siti"
    (row,) = ranham(capsys, "token", "list", "--email", SITI, "--format", "json").json
    assert (row["scopes"], raw in str(row)) == ("read", False)
    assert ["is revoked" in ranham(capsys, "token", "revoke", "1").out for _ in range(2)] == [True, False]
    assert ranham(capsys, "token", "issue", SITI, "--name", "x", "--days", "400").code == 3


@pytest.mark.usefixtures("two_people")
def test_a_token_holds_by_the_real_clock_whatever_day_is_replayed(
    application: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_NOW", "2022-09-01T10:00:00+07:00")
    raw = ranham(capsys, "token", "issue", SITI, "--name", "upload", "--days", "3").out.strip()
    with Session(application) as session:
        assert service.recognize(session, raw, clock.real_now()) is not None


@pytest.mark.usefixtures("two_people")
def test_a_password_is_read_from_the_input(
    application: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    answer = ranham(capsys, "account", "password", SITI)
    assert (answer.code, "has to be changed" in answer.out, PASSWORD in answer.out) == (0, True, False)
    with Session(application) as session:
        assert service.sign_in(session, SITI, PASSWORD, clock.now()).must_change_password
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert ranham(capsys, "account", "password", SITI).code == 3
    assert [ranham(capsys, "account", "remove", SITI).code for _ in range(2)] == [0, 1]


@pytest.mark.usefixtures("two_people")
def test_people_are_listed_disabled_and_enabled(application: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert ["is disabled" in ranham(capsys, "person", "disable", SITI).out for _ in range(2)] == [True, False]
    rows = ranham(capsys, "person", "list", "--format", "json").json
    assert [(row["email"], row["disabled_at"] is None) for row in rows] == [(BUDI, True), (SITI, False)]
    assert ["may sign in again" in ranham(capsys, "person", "enable", SITI).out for _ in range(2)] == [True, False]
    with application.connect() as connection:
        actors = connection.execute(text("SELECT DISTINCT actor FROM audit_event")).scalars().all()
    assert actors == [getpass.getuser()]
    assert ranham(capsys, "person", "disable", "nobody@banten.go.id").code == 1
