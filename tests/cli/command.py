"""Runs the command line in this process and gives what it printed."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from ranham.cli.app import run


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> list[dict[str, Any]]:
        return json.loads(self.out)  # type: ignore[no-any-return]


def ranham(capsys: pytest.CaptureFixture[str], *arguments: str) -> Answer:
    before, sys.argv = sys.argv, ["ranham", *arguments]
    try:
        code = run()
    finally:
        sys.argv = before
    printed = capsys.readouterr()
    return Answer(code, printed.out, printed.err)
