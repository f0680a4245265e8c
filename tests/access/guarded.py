"""A database with reports of Banten and Lampung and people of every role, and connections as the application."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session

from ranham.access import service
from ranham.access.models import Role, TokenKind
from ranham.access.rules import Place
from ranham.kernel import clock
from ranham.obligation.models import ExcuseKind
from ranham.obligation.service import request_excuse
from ranham.plan.queries import find_period
from tests.access import people
from tests.compliance.reports import report

BANTEN, SERANG, LAMPUNG, METRO = "36", "36.04", "18", "18.72"
UNITS = (BANTEN, SERANG, LAMPUNG, METRO)


@dataclass(frozen=True)
class Guarded:
    owner: Engine
    application: str
    unit_ids: dict[str, int]
    obligations: dict[str, int]
    """One of each unit, with a report in period 2022-B08, its answer, an excuse and a batch."""
    free: dict[str, int]
    """Another of each unit, without a report."""
    period_id: int
    measure_id: int
    tokens: dict[str, str] = field(default_factory=dict)
    person_ids: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def connection(self, token: str | None) -> Iterator[psycopg.Connection[Any]]:
        """As the application with a person's token, of those by name or any text; what is done is rolled back."""
        url = make_url(self.application)
        host = url.query.get("host", url.host)
        with psycopg.connect(user=url.username, host=str(host), port=url.port, dbname=url.database) as opened:
            if token is not None:
                opened.execute("SELECT set_config('ranham.token', %s, true)", (self.tokens.get(token, token),))
            yield opened
            opened.rollback()

    def seen(self, token: str | None, table: str = "submission") -> set[str]:
        """Of which units a person sees rows."""
        with self.connection(token) as opened:
            return self.seen_on(opened, table)

    def seen_on(self, opened: psycopg.Connection[Any], table: str = "submission") -> set[str]:
        statement = {
            "submission": "SELECT unit_id FROM submission",
            "measure_answer": "SELECT s.unit_id FROM measure_answer JOIN submission s ON s.id = submission_id",
            "excuse": "SELECT unit_id FROM excuse JOIN obligation o ON o.id = obligation_id",
            "import_batch": "SELECT u.unit_id FROM import_batch b JOIN unit_version u ON b.file_name = u.code",
        }[table]
        codes = {unit_id: code for code, unit_id in self.unit_ids.items()}
        return {codes[row[0]] for row in opened.execute(statement)}


def build(owner: Engine, application: str) -> Guarded:
    now = clock.now()
    with Session(owner) as session, session.begin():
        period = find_period(session, "2022-B08")
        unit_ids = {code: people.unit(session, code) for code in UNITS}
        owed = {code: _obligations(session, unit_id) for code, unit_id in unit_ids.items()}
        measure = session.execute(text("SELECT id FROM measure WHERE period_id = :p LIMIT 1"), {"p": period.id})
        made = Guarded(
            owner, application, unit_ids, {c: ids[0] for c, ids in owed.items()}, {c: ids[1] for c, ids in owed.items()},
            period.id, measure.scalar_one(),
        )  # fmt: skip
        for code, obligation in made.obligations.items():
            _fill(session, made, code, obligation)
        for name, (role, place) in _roles(session, unit_ids).items():
            made.person_ids[name] = people.person(session, f"{name}@example.go.id")
            if role is not None:
                people.grant(session, made.person_ids[name], role, place, since=clock.local_date(now))
            made.tokens[name] = people.token(session, made.person_ids[name], now=now).raw
    return made


def _roles(session: Session, unit_ids: dict[str, int]) -> dict[str, tuple[Role | None, Place]]:
    kanwil = session.execute(
        text("SELECT office_id FROM office_assignment WHERE unit_id = :u AND valid_to IS NULL"), {"u": unit_ids[BANTEN]}
    ).scalar_one()
    return {
        "operator": (Role.OPERATOR, Place(unit_ids[SERANG])),
        "contributor": (Role.OPD_CONTRIBUTOR, Place(unit_ids[SERANG], opd="Dinas Sosial")),
        "coordinator": (Role.PROVINCE_COORDINATOR, Place(unit_ids[BANTEN])),
        "verifier": (Role.VERIFIER, Place(office_id=kanwil)),
        "central": (Role.VERIFIER, Place()),
        "ministry": (Role.MINISTRY, Place()),
        "auditor": (Role.AUDITOR, Place()),
        "engine": (Role.ENGINE_OPERATOR, Place()),
        "nobody": (None, Place()),
        "lampung": (Role.OPERATOR, Place(unit_ids[METRO])),
    }


def _obligations(session: Session, unit_id: int) -> list[int]:
    rows = session.scalars(
        text("""SELECT o.id FROM obligation o JOIN plan_year y ON y.id = o.plan_year_id
                WHERE o.unit_id = :u AND y.year = 2022 ORDER BY o.id"""),
        {"u": unit_id},
    )
    return list(rows)


def _fill(session: Session, made: Guarded, code: str, obligation: int) -> None:
    report(session, obligation, made.period_id)
    values = {"obligation": obligation, "period": made.period_id, "measure": made.measure_id, "code": code}
    for statement in (
        """INSERT INTO import_batch (period_id, file_name, digest, code_system, imported_at, rows_read, rows_refused, simulated)
           VALUES (:period, :code, :code, 'kemendagri', now(), 1, 0, true)""",
        """INSERT INTO measure_answer (submission_id, measure_id, answer, evidence)
           SELECT id, :measure, 'achieved', '{}' FROM submission WHERE obligation_id = :obligation""",
    ):
        session.execute(text(statement), values)
    session.execute(text("ALTER TABLE submission DISABLE TRIGGER submission_fixed"))
    session.execute(
        text("""UPDATE submission SET batch_id = (SELECT id FROM import_batch WHERE file_name = :code)
                WHERE obligation_id = :obligation"""),
        values,
    )
    session.execute(text("ALTER TABLE submission ENABLE TRIGGER submission_fixed"))
    request_excuse(
        session, made.free[code], made.period_id, kind=ExcuseKind.EXCUSED, justification="x", by="x", now=clock.now()
    )


def session_token(session: Session, person_id: int) -> str:
    now = clock.now()
    return service.issue_token(
        session, person_id, name="web", scopes=[], expires_at=now + timedelta(hours=1), by="x", now=now,
        kind=TokenKind.SESSION,
    ).raw  # fmt: skip
