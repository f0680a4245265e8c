"""Logs as one JSON document a line, for whoever gathers them; plain lines where nothing is set."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

FLOW_RUN = "PREFECT__FLOW_RUN_ID"
"""Where a worker tells the process of a run which one it is."""
KNOWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """What was logged, when, by whom, with the id of the flow run where there is one, and what was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        flow_run = getattr(record, "flow_run_id", None) or os.environ.get(FLOW_RUN)
        if flow_run:
            said["flow_run_id"] = str(flow_run)
        said |= {name: value for name, value in record.__dict__.items() if name not in KNOWN and name not in said}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def to_standard_error(format_: str) -> None:
    """For the command line: what the engine logs, from warnings on."""
    made = logging.StreamHandler(sys.stderr)
    if format_ == "json":
        made.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[made], force=True)
