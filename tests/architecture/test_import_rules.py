"""The floors of the house, as import-linter reads them from pyproject.toml."""

import subprocess
import sys

from tests.architecture.test_house import ROOT

# In a process of its own: it sets up logging anew and switches off every logger that exists.
LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(config_filename='pyproject.toml', no_cache=True))"


def test_nobody_looks_back_up_the_floors() -> None:
    done = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept" in done.stdout
