"""Settings that are wrong are refused without showing what they hold; secrets may come from files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from ranham.kernel import secret_files
from ranham.kernel.errors import BadInput
from ranham.kernel.settings import Settings, settings

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
    with pytest.raises(ValidationError) as refused:
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
    with pytest.raises(ValidationError, match=name.lower()):
        settings()


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
        ("disabilitas", "small_cells"),
        ('["disabilitas"]', "small_cells"),
    ],
)
def test_a_misspelt_small_cell_rule_is_never_taken_for_none(
    said: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANHAM_SMALL_CELLS", said)
    with pytest.raises(ValidationError, match=where):
        settings()


@pytest.mark.parametrize("said", ["", "{}", "null"])
def test_nothing_is_no_small_cell_rule(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_SMALL_CELLS", said)
    assert Settings().small_cells is None
