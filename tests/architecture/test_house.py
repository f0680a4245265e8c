"""Rules of the house that no linter knows: sizes, names, and nothing of anybody's machine in the files."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 300
EMPTY_WORDS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "handler",
    "handlers",
    "processor",
    "common",
    "misc",
}
# Put together from pieces, so that this file holds no address itself.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("golang", "org"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("conda", "anaconda", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
]
MACHINE = ["file:" + "//", "--find" + "-links", "--extra-index" + "-url", "--index" + "-url "]


def files() -> list[Path]:
    """Every file that is or would be tracked."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    return [path for path in files() if path.suffix == ".py"]


def test_a_file_fits_in_one_thought() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {path.relative_to(ROOT) for path in modules() if EMPTY_WORDS & {path.stem, path.parent.name}}
    assert names == set()


@pytest.mark.parametrize("word", REGISTRIES + MACHINE)
def test_no_file_holds_a_registry_address(word: str) -> None:
    assert [path.relative_to(ROOT) for path in files() if word.encode() in path.read_bytes()] == []


def test_the_lock_pins_every_package_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pinned = [line for line in lock.splitlines() if line and line[0] not in " #"]
    assert pinned
    assert [line for line in pinned if "==" not in line or not line.endswith("\\")] == []
    assert lock.count("--hash=sha256:") >= len(pinned)


def test_the_migrations_folder_does_not_shadow_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_lock_files_that_hold_addresses_are_not_kept() -> None:
    assert {path.name for path in files()} & {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock"} == set()
