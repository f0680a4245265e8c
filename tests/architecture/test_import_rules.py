"""The floors of the house, as import-linter reads them from pyproject.toml."""

import pytest
from importlinter.cli import lint_imports

from tests.architecture.test_house import ROOT


def test_nobody_looks_back_up_the_floors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0, capsys.readouterr().out
