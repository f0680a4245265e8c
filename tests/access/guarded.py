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
OF_REPORT = "SELECT id, unit_id FROM report"
OF_SUBMISSION = "SELECT id, unit_id FROM submission"
GUARDED_TABLES = {
    "submission": ("id", OF_SUBMISSION),
    "measure_answer": ("submission_id", OF_SUBMISSION),
    "answer_evidence": ("submission_id", OF_SUBMISSION),
    "report": ("id", OF_REPORT),
    "report_event": ("id", "SELECT id, unit_id FROM report_event"),
    "draft_answer": ("report_id", OF_REPORT),
    "draft_evidence": ("report_id", OF_REPORT),
    "evidence": ("id", "SELECT id, unit_id FROM evidence"),
    "extension": ("id", "SELECT id, unit_id FROM extension"),
    "excuse": ("id", "SELECT x.id, unit_id FROM excuse x JOIN obligation o ON o.id = obligation_id"),
    "contact": ("id", "SELECT id, unit_id FROM contact"),
    "reminder": ("id", "SELECT id, unit_id FROM reminder"),
    "delivery": ("id", "SELECT delivery_id, unit_id FROM reminder"),
    "import_batch": ("id", "SELECT batch_id, unit_id FROM submission WHERE batch_id IS NOT NULL"),
}
"""What a row is known by, and how the owner of the database finds its unit."""


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
    units_of: dict[str, dict[int, int]] = field(default_factory=dict)
    """Which unit each row belongs to, as the owner sees it."""

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
        if table not in self.units_of:
            with self.owner.connect() as owner:
                self.units_of[table] = dict(owner.exec_driver_sql(GUARDED_TABLES[table][1]).all())  # type: ignore[arg-type]
        codes = {unit_id: code for code, unit_id in self.unit_ids.items()}
        keys = {row[0] for row in opened.execute(f"SELECT {GUARDED_TABLES[table][0]} FROM {table}")}
        return {codes[self.units_of[table][key]] for key in keys}


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


FILL = (
    """INSERT INTO import_batch (period_id, file_name, digest, code_system, imported_at, rows_read, rows_refused, simulated)
       VALUES (:period, :code, :code, 'kemendagri', now(), 1, 0, true)""",
    "ALTER TABLE submission DISABLE TRIGGER submission_fixed",
    """UPDATE submission SET batch_id = (SELECT id FROM import_batch WHERE file_name = :code)
       WHERE obligation_id = :obligation""",
    "ALTER TABLE submission ENABLE TRIGGER submission_fixed",
    """INSERT INTO measure_answer (submission_id, measure_id, answer, evidence)
       SELECT id, :measure, 'achieved', '{}' FROM submission WHERE obligation_id = :obligation""",
    """INSERT INTO evidence (unit_id, sha256, size_bytes, media_type, file_name, kind, scan, uploaded_by, uploaded_at)
       VALUES (:unit, :sha, 1, 'application/pdf', 'x.pdf', 'letter', 'clean', 'x', now())""",
    """INSERT INTO answer_evidence (submission_id, measure_id, evidence_id)
       SELECT s.id, :measure, e.id FROM submission s JOIN evidence e USING (unit_id) WHERE s.obligation_id = :obligation""",
    """INSERT INTO report (obligation_id, unit_id, action_id, period_id, state, version, round, unsent, changed_at)
       SELECT id, unit_id, action_id, :period, 'submitted', 1, 0, false, now() FROM obligation WHERE id = :obligation""",
    """INSERT INTO report_event (report_id, obligation_id, unit_id, action_id, period_id, event, from_state, to_state, actor, at)
       SELECT id, obligation_id, unit_id, action_id, period_id, 'submit', 'draft', 'submitted', 'x', now()
       FROM report WHERE obligation_id = :obligation""",
    """INSERT INTO draft_answer (report_id, measure_id, version, written_by, written_at)
       SELECT id, :measure, 1, 'x', now() FROM report WHERE obligation_id = :obligation""",
    """INSERT INTO draft_evidence (report_id, measure_id, evidence_id)
       SELECT r.id, :measure, e.id FROM report r JOIN evidence e USING (unit_id) WHERE r.obligation_id = :obligation""",
    """INSERT INTO contact (unit_id, function, name, channel, address, language, courtesy, valid_from, added_by, added_at)
       VALUES (:unit, 'head_of_office', 'x', 'email', 'x@y.id', 'id', false, '2022-01-01', 'x', now())""",
    """INSERT INTO delivery (key, message_id, kind, ref, channel, address, name, language, created_at, not_before, state,
                             state_at, attempts, next_attempt_at)
       VALUES ('reminder:' || :unit, gen_random_uuid(), 'reminder', :unit, 'email', 'x@y.id', 'x', 'id', now(), now(),
               'created', now(), 0, now())""",
    """INSERT INTO reminder (period_id, rung, occasion, unit_id, recipient, function, channel, address, name, language,
                             courtesy, due_at, send_at, decision, planned_at, delivery_id)
       SELECT :period, 'opening', 'window', :unit, 'contact:1', 'head_of_office', 'email', 'x@y.id', 'x', 'id', false,
              now(), now(), 'send', now(), id FROM delivery WHERE key = 'reminder:' || :unit""",
    """INSERT INTO extension (period_id, unit_id, until, reason, requested_by, requested_at)
       VALUES (:period, :unit, now(), 'x', 'x', now())""",
)


def _fill(session: Session, made: Guarded, code: str, obligation: int) -> None:
    report(session, obligation, made.period_id)
    unit_id = made.unit_ids[code]
    values = {"obligation": obligation, "period": made.period_id, "measure": made.measure_id, "code": code}
    for statement in FILL:
        session.execute(text(statement), values | {"unit": unit_id, "sha": f"{unit_id:064}"})
    request_excuse(
        session, made.free[code], made.period_id, kind=ExcuseKind.EXCUSED, justification="x", by="x", now=clock.now()
    )


def session_token(session: Session, person_id: int) -> str:
    now = clock.now()
    return service.issue_token(
        session, person_id, name="web", scopes=[], expires_at=now + timedelta(hours=1), by="x", now=now,
        kind=TokenKind.SESSION,
    ).raw  # fmt: skip
