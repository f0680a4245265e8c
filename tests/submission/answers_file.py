"""Files of answers for the tests, and what they left in the database."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission.schemas import COLUMNS
from ranham.submission.service import ImportReceipt, import_file

NOW = datetime(2022, 9, 20, tzinfo=UTC)
SOUND = {
    "unit_code": "31", "action_code": "D1", "measure_no": "1", "answer": "achieved", "value": "50", "note": "",
    "evidence": "surat/1.pdf", "submitted_at": "2022-09-05T10:00:00+07:00",
}  # fmt: skip


def row(**changes: str) -> dict[str, str]:
    return SOUND | changes


def write(path: Path, rows: Iterable[dict[str, str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def take(session: Session, path: Path, period: PeriodInfo, **options: Any) -> ImportReceipt:
    defaults: dict[str, Any] = {"code_system": "kemendagri", "now": NOW, "author": "test"}
    return import_file(session, path, period=period, **(defaults | options))


def count(session: Session, table: str) -> int:
    return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def submission(session: Session) -> Any:
    return session.execute(text("SELECT * FROM submission WHERE is_current")).one()
