"""`ranham release write` at its door."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ranham.cli.app import app
from ranham.kernel.errors import BadInput


def test_an_unknown_format_is_refused_before_anything_is_read_or_written(tmp_path: Path) -> None:
    arguments = ["release", "write", "RANHAM-V:2022-B08/1", "--to", str(tmp_path), "--format", "xml"]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, BadInput)
    with pytest.raises(BadInput, match="found xml, expected one of json, csv"):
        raise done.exception
    assert list(tmp_path.iterdir()) == []
