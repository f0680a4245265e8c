"""Logs as documents: what was said, and of which flow run."""

import json
import logging
from logging.config import dictConfig

import pytest

from ranham.api.logs import LOGS, logs
from ranham.kernel.logs import FLOW_RUN, JsonLines


def line(**more: object) -> dict[str, object]:
    record = logging.LogRecord("ranham.x", logging.WARNING, __file__, 1, "%s rows\nof two lines", (3,), None)
    record.__dict__.update(more)
    written = JsonLines().format(record)
    assert "\n" not in written
    said: dict[str, object] = json.loads(written)
    return said


def test_a_line_says_what_was_logged_and_what_was_given_with_it() -> None:
    said = line(period="2022-B08")
    assert (said["level"], said["logger"], said["message"]) == ("WARNING", "ranham.x", "3 rows\nof two lines")
    assert said["period"] == "2022-B08"
    assert "flow_run_id" not in said


def test_a_line_of_a_flow_says_which_run_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert line(flow_run_id="f-1")["flow_run_id"] == "f-1"
    monkeypatch.setenv(FLOW_RUN, "f-2")
    assert line()["flow_run_id"] == "f-2"


def test_an_exception_stays_on_its_line() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        int("1") // 0
    said = line(exc_info=(raised.type, raised.value, raised.tb))
    assert "ZeroDivisionError" in str(said["exception"])


def test_the_api_writes_documents_where_that_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("ranham.api")
    before = (list(log.handlers), log.level, log.propagate)
    try:
        dictConfig(logs("json"))
        log.warning("x")
        assert json.loads(capsys.readouterr().err)["message"] == "x"
        dictConfig(logs("plain"))
        log.warning("y")
        assert capsys.readouterr().err.endswith("WARNING ranham.api y\n")
    finally:
        log.handlers, log.level, log.propagate = before
    assert logs("plain") == LOGS
