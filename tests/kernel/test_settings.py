"""Settings that are wrong are refused without showing what they hold; secrets may come from files."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from pydantic import ValidationError

from ranham.kernel import addresses, clock, secret_files
from ranham.kernel.errors import BadInput
from ranham.kernel.settings import Settings, settings, smtp_servers
from ranham.kernel.webhook_settings import webhook_settings
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
SECRET = "rahasia-kata-sandi"  # noqa: S105
URL = f"postgresql://ranham:{SECRET}@db.example/ranham"


@pytest.fixture(autouse=True)
def fresh() -> None:
    settings.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "database_url"
    made.write_text(URL + "\n")
    return made


def test_an_address_comes_from_a_file_without_its_line_end(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_DATABASE_URL_FILE", str(file))
    assert settings().database_url == URL
    assert SECRET not in repr(settings())
    settings.cache_clear()


def test_a_secret_that_is_said_twice_is_refused_and_not_shown(file: Path) -> None:
    with pytest.raises(BadInput, match="one of the two") as refused:
        secret_files.read({"RANHAM_DATABASE_URL_FILE": str(file), "RANHAM_DATABASE_URL": URL})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_file_that_gives_no_secret_is_refused(content: bytes | None, tmp_path: Path) -> None:
    made = tmp_path / "s"
    if content is not None:
        made.write_bytes(content)
    with pytest.raises(BadInput, match="PREFECT_API_AUTH_STRING_FILE"):
        secret_files.read({"PREFECT_API_AUTH_STRING_FILE": str(made)})


def test_a_command_gets_the_secret_and_not_the_name_of_its_file(file: Path) -> None:
    show = "import os; print(os.environ['RANHAM_DATABASE_URL'], 'RANHAM_DATABASE_URL_FILE' in os.environ)"
    done = subprocess.run(
        [sys.executable, "-m", "ranham.kernel.secret_files", sys.executable, "-c", show],
        env={**os.environ, "RANHAM_DATABASE_URL_FILE": str(file)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == f"{URL} False"


@pytest.mark.parametrize("said", ["*", "proxy.example", "10.0.0.0/33"])
def test_a_proxy_is_trusted_by_its_address_only(said: str) -> None:
    with pytest.raises(ValidationError):
        Settings(trusted_proxies=said)


def test_a_wrong_setting_is_refused_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_LEASE_SECONDS", SECRET)
    with pytest.raises(BadInput, match="RANHAM_LEASE_SECONDS") as refused:
        settings()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASE_SECONDS", "0"),
        ("LEASE_SECONDS", "-1"),
        ("LEASE_SECONDS", "86401"),
        ("CLOSE_AFTER_DAYS", "-1"),
        ("EXTENSION_CAP_DAYS", "-1"),
        ("LATE_AFTER_MINUTES_BY_STEP", '{"roll_up": -1}'),
    ],
)
def test_a_number_that_would_break_something_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"RANHAM_{name}", value)
    with pytest.raises(BadInput, match=f"^RANHAM_{name}[: ]"):
        settings()


def test_the_variable_is_named_with_what_was_found_and_what_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LEASE_SECONDS": "0", "CONNECTIONS": "", "LOG_FORMAT": "xml", "SMALL_CELLS": "[]"}.items():
        monkeypatch.setenv(f"RANHAM_{name}", value)
    with pytest.raises(BadInput) as refused:
        settings()
    said = {each.where: each for each in refused.value.findings}
    assert str(said["RANHAM_LEASE_SECONDS"]).endswith("found 0, expected a number greater than or equal to 1")
    assert str(said["RANHAM_CONNECTIONS"]).endswith("found an empty value, expected a whole number")
    assert str(said["RANHAM_LOG_FORMAT"]).endswith("expected 'plain' or 'json'")
    assert "RANHAM_SMALL_CELLS" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("LATE_AFTER_MINUTES_BY_STEP", ""),  # of the rule on small cells it says that there is none
        *product(("SMALL_CELLS", "LATE_AFTER_MINUTES_BY_STEP"), (SECRET, "{", "[1]")),
    ],
)
def test_what_is_no_json_is_refused_by_its_variable(name: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"RANHAM_{name}", said)
    with pytest.raises(BadInput, match=f"^RANHAM_{name}: ") as refused:
        settings()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("said", ["nonsense", "2022-09-05T10:00:00", "0001-01-01T00:00:00+14:00"])
def test_another_present_than_can_be_understood_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_NOW", said)
    for read in (settings, clock.now):
        with pytest.raises(BadInput, match=r"^RANHAM_NOW: "):
            read()


@pytest.mark.parametrize(("name", "read"), [("RANHAM_NOW", clock.now), ("RANHAM_WEBHOOK_NETWORKS", webhook_settings)])
@pytest.mark.parametrize(("said", "found"), [(SECRET, r"something else \(not shown\)"), ("-7", "-7")])
def test_of_what_was_found_numbers_only_are_shown(
    name: str, read: Callable[[], object], said: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, said)
    with pytest.raises(BadInput, match=f"^{name}: found {found}, expected "):
        read()


@pytest.mark.parametrize(
    "said",
    [
        f"postgresql://ranham:{SECRET}@db.example:none/ranham",
        f"postgresql://ranham:{SECRET}@db.example:99999/ranham",
        f"postgresql://ranham:{SECRET}@[::1/ranham",
        f"mysql://ranham:{SECRET}@db.example/ranham",
        f"postgresql://ranham:kata@{SECRET}@127.0.0.1:1/ranham",
        f"postgres:{SECRET}",
        f"postgresql://db.example/ranham?{SECRET.replace('-', '_')}=1",
        SECRET,
    ],
)
@pytest.mark.parametrize("name", ["RANHAM_DATABASE_URL", "RANHAM_APP_DATABASE_URL"])
def test_no_address_of_a_database_is_refused_by_its_variable_and_not_shown(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "address"
    file.write_text(said)
    for variable, value in ((name, said), (f"{name}_FILE", str(file))):
        settings.cache_clear()
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, value)
        with pytest.raises(BadInput, match=f"^{variable}: found .+, expected postgresql://") as refused:
            settings()
        assert "rahasia" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgresql+psycopg2", "postgresql+asyncpg", "POSTGRESQL", "postgres+psycopg"])
def test_another_driver_is_told_apart_from_another_database(scheme: str) -> None:
    found = addresses.fault(f"{scheme}://ranham:{SECRET}@db.example/ranham")
    assert found == "another driver than postgresql:// or postgresql+psycopg://"


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("https://h/a@b", "https://h/a@b"),
        ("https://h:4200?to=a@b#c@d", "https://h:4200?to=a@b#c@d"),
        ("https://[::1]:4200/a@b", "https://[::1]:4200/a@b"),
        (f"https://u:{SECRET}@h/a@b", "https://h/a@b"),
        (f"https://u:p@{SECRET}@h:4200/api", "https://h:4200/api"),
        (f"https://u:p/{SECRET}@h/api", "https://h/api"),
        (f"u:{SECRET}@mail.example", "mail.example"),
        ("mail.example:25", "mail.example:25"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_user_and_password_and_otherwise_whole(address: str, seen: str) -> None:
    assert addresses.shown(address) == seen


@pytest.mark.parametrize(
    "said",
    [
        URL,
        "postgres://db.example/ranham?sslmode=require&keepalives_idle=120",
        "postgresql+psycopg://ranham@/ranham?host=/run/postgresql",
        "postgresql://ranham@[::1]:5432/ranham",
        "postgresql:///ranham?host=a:5432&host=b:5433&target_session_attrs=read-write",
        "",
    ],
)
def test_an_address_that_the_driver_understands_is_taken(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_DATABASE_URL", said)
    assert settings().database_url == said


def test_settings_of_a_mail_server_are_refused_by_their_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_SMTP2_HOST", "mail.example")
    monkeypatch.setenv("RANHAM_SMTP2_PORT", "70000")
    with pytest.raises(BadInput, match=r"^RANHAM_SMTP2_PORT: found 70000, expected "):
        smtp_servers()


@pytest.mark.parametrize(
    ("program", "name", "value"),
    [
        ("ranham.cli.app doctor", "RANHAM_LEASE_SECONDS", "0"),
        ("ranham.cli.app period list", "RANHAM_NOW", "nonsense"),
        ("ranham.api", "RANHAM_DATABASE_URL_FILE", "/nosuch"),
        ("flows.serve", "RANHAM_SMALL_CELLS", SECRET),
        ("flows.serve", "RANHAM_PREFECT_PORT", "70000"),
        ("flows.serve", "RANHAM_API_PORT", SECRET),
        ("flows.demo", "RANHAM_LEASE_SECONDS", "abc"),
        ("flows.demo", "RANHAM_DATABASE_URL", f"mysql://ranham:{SECRET}@db.example/ranham"),
        ("flows.automations apply", "RANHAM_APP_DATABASE_URL", f"postgresql://ranham:{SECRET}@[::1/ranham"),
    ],
)
def test_every_program_says_it_in_one_line_and_ends(program: str, name: str, value: str, tmp_path: Path) -> None:
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("RANHAM_DATABASE_URL")}
    done = subprocess.run(
        [sys.executable, "-m", *program.split()], cwd=ROOT, check=False, capture_output=True, text=True,
        env={**surroundings, "RANHAM_DATA_DIR": str(tmp_path), name: value}, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert done.stderr.startswith(f"{name}: found ")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert SECRET not in done.stderr


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ('{"groups": ["disabilitas"], "threshold": 5}', "groups"),
        ('{"target_groups": ["disabilitas"], "threshold": 5, "treshold": 9}', "treshold"),
        ('{"target_groups": "disabilitas", "threshold": 5}', "target_groups"),
        ('{"target_groups": [], "threshold": 5}', "target_groups"),
        ('{"target_groups": [""], "threshold": 5}', "target_groups"),
        ('{"target_groups": ["disabilitas"]}', "threshold"),
        ('{"target_groups": ["disabilitas"], "threshold": "x"}', "threshold"),
        ('{"target_groups": ["disabilitas"], "threshold": -5}', "threshold"),
        ('{"target_groups": ["disabilitas"], "threshold": 0}', "threshold"),
        ('{"target_groups": ["disabilitas"], "threshold": true}', "threshold"),
        ('{"target_groups": ["disabilitas"], "threshold": 5, "actions": {"D1": 1}}', "actions"),
        ("disabilitas", "SMALL_CELLS"),
        ('["disabilitas"]', "SMALL_CELLS"),
    ],
)
def test_a_misspelt_small_cell_rule_is_never_taken_for_none(
    said: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_SMALL_CELLS", said)
    with pytest.raises(BadInput, match=where):
        settings()


@pytest.mark.parametrize("said", ["", "{}", "null"])
def test_nothing_is_no_small_cell_rule(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_SMALL_CELLS", said)
    assert Settings().small_cells is None
