"""What is installed in the image: the part of the lock that is not for development, and all that our code imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_lock_of_the_image_is_the_part_of_ours_that_is_not_for_development() -> None:
    def pinned(name: str) -> dict[str, list[str]]:
        """Packages, each with its hashes."""
        found = re.findall(r"^([^#\s].+?) \\\n((?:    --hash=.+\n)+)", (ROOT / name).read_text(), re.MULTILINE)
        return {package: sorted(hashes.replace("\\", "").split()) for package, hashes in found}

    whole, part = pinned("requirements.lock"), pinned("production.lock")
    assert len(part) > 100
    assert part.items() < whole.items()
    names = {package.split("==")[0] for package in part}
    assert {"prefect", "prefect-redis", "sqlalchemy", "psycopg", "setuptools"} <= names
    assert not names & {"pytest", "mypy", "polars", "hypothesis"}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[\[<>=]", each)[0] for each in wanted} <= names | {each.split("[")[0] for each in names}


def test_nothing_of_ours_imports_what_the_image_lacks() -> None:
    lines = (ROOT / "production.lock").read_text().splitlines()
    locked = {_normal(line.split("==")[0]) for line in lines if "==" in line}
    distributions = packages_distributions()
    lacking = {}
    for file in [*ROOT.glob("ranham/**/*.py"), *ROOT.glob("flows/*.py"), *ROOT.glob("alembic/**/*.py")]:
        for name in _imported(file) - {"ranham", "flows", *sys.stdlib_module_names}:
            if not {_normal(each) for each in distributions.get(name, [])} & locked:
                lacking[name] = file.relative_to(ROOT)
    assert lacking == {}


def _imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.split(".")[0] for name in whole | parts}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.split("[", maxsplit=1)[0]).lower()
