"""Import of measure answers against a bare COPY and INSERT ... SELECT, and against an ORM loop."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.plan.queries import find_period
from ranham.submission.models import Answer, MeasureAnswer, Submission, Timeliness
from ranham.submission.service import import_file
from ranham.territory import service as territory
from tests.bench import synthetic
from tests.bench.timing import row, seconds

NOW = datetime(2090, 9, 10, tzinfo=UTC)
ACTIONS = 100
LOOP = 5_000
COLUMNS = ("unit_code", "action_code", "measure_no", "answer", "value", "note", "evidence", "submitted_at")


def bench(engine: Engine, folder: Path, *, rows: int) -> list[dict[str, object]]:
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
    synthetic.build(engine, units=rows // ACTIONS, actions=ACTIONS, submissions=False)
    path = folder / "answers.csv"
    _write(engine, path, rows)
    ours = seconds(lambda: _import(engine, path, rows))
    bare = seconds(lambda: _bare(engine, path))
    loop = seconds(lambda: _orm_loop(engine)) * rows / LOOP
    return [
        row(f"import, {rows:,} answers", ours, "bare COPY and INSERT ... SELECT", bare, "<= 2.5"),
        row(f"import, {rows:,} answers", ours, f"ORM loop ({LOOP:,} rows, scaled)", loop, "<= 0.1"),
    ]


def _write(engine: Engine, path: Path, rows: int) -> None:
    with engine.connect() as connection, path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        codes = connection.scalars(text("SELECT code FROM unit_version WHERE code LIKE 'B%' ORDER BY unit_id")).all()
        for number, code in enumerate(codes):
            for action in range(1, ACTIONS + 1):
                writer.writerow(
                    [code, f"A{action}", 1, "achieved", number, "bench", "a.pdf", "2090-09-01T10:00:00+07:00"]
                )
    assert len(codes) * ACTIONS == rows


def _import(engine: Engine, path: Path, rows: int) -> None:
    with Session(engine) as session, session.begin():
        receipt = import_file(
            session,
            path,
            period=find_period(session, "2090-B08"),
            code_system="kemendagri",
            now=NOW,
            author="bench",
            simulated=True,
        )
        assert receipt.rows_accepted == rows, receipt.findings[:3]


def _bare(engine: Engine, path: Path) -> None:
    """The same file into text columns, then into a table with the keys and checks of measure_answer."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TEMP TABLE raw (unit_code text, action_code text, measure_no text, answer text, value text, note text, evidence text, submitted_at text) ON COMMIT DROP"
            )
        )
        with connection.connection.cursor() as cursor, cursor.copy("COPY raw FROM STDIN (FORMAT csv, HEADER)") as copy:  # type: ignore[attr-defined]
            for block in _blocks(path):
                copy.write(block)
        connection.execute(
            text(
                "CREATE TABLE bare (LIKE measure_answer INCLUDING ALL, FOREIGN KEY (submission_id) REFERENCES submission, FOREIGN KEY (measure_id) REFERENCES measure)"
            )
        )
        connection.execute(
            text("""INSERT INTO bare SELECT s.id, m.id, raw.answer, raw.value::numeric, raw.note, string_to_array(raw.evidence, ';')
                FROM raw JOIN unit_version v ON v.code = raw.unit_code JOIN action a ON a.code = raw.action_code
                JOIN plan_year y ON y.id = a.plan_year_id AND y.year = 2090
                JOIN measure m ON m.action_id = a.id AND m.number = raw.measure_no::int
                JOIN obligation o ON o.unit_id = v.unit_id AND o.action_id = a.id
                JOIN submission s ON s.obligation_id = o.id AND s.is_current""")
        )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            yield block


def _orm_loop(engine: Engine) -> None:
    """What a user would write first: one object at a time, in the same tables, rolled back at the end."""
    with Session(engine) as session:
        found = session.execute(
            text("""SELECT s.obligation_id, s.unit_id, s.action_id, s.period_id, m.id AS measure_id FROM submission s
                    JOIN measure m ON m.action_id = s.action_id LIMIT :n"""),
            {"n": LOOP},
        ).all()
        for each in found:
            made = Submission(
                obligation_id=each.obligation_id, unit_id=each.unit_id, action_id=each.action_id, period_id=each.period_id, revision=2, is_current=False,
                submitted_at=NOW, submitted_offset_minutes=420, received_at=NOW, channel="loop", author="loop",
                digest="loop", timeliness=Timeliness.ON_TIME, complete=True, achieved=True, not_applicable=False, simulated=True,
                replaced_timeliness=Timeliness.ON_TIME, replaced_complete=True, replaced_achieved=True,
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.add(
                MeasureAnswer(submission_id=made.id, measure_id=each.measure_id, answer=Answer.ACHIEVED, evidence=[])
            )
            session.flush()
        session.rollback()
