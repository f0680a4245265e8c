"""The small-cell rule that is set, for the length of a test."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ranham.kernel.settings import settings


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any] | None], None]]:
    def set_to(rule: dict[str, Any] | None) -> None:
        if rule is None:
            monkeypatch.delenv("RANHAM_SMALL_CELLS", raising=False)
        else:
            monkeypatch.setenv("RANHAM_SMALL_CELLS", json.dumps(rule))
        settings.cache_clear()

    yield set_to
    monkeypatch.undo()
    settings.cache_clear()
