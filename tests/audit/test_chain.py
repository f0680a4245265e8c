"""The chain of events: nobody forges, changes or removes one without its showing."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ranham.audit import queries
from ranham.audit.rules import FIRST_PREVIOUS_HASH
from tests.audit.events import NOW, record, tamper


def test_an_empty_chain_holds(session: Session) -> None:
    assert queries.verify(session) == queries.ChainReport(0, FIRST_PREVIOUS_HASH, None, None)


def test_each_event_carries_the_hash_of_the_one_before_it(session: Session) -> None:
    for number in (1, 2, 3):
        record(session, number)
    third, second, first = queries.events(session)
    assert [first.id, second.id, third.id] == [1, 2, 3]
    assert first.previous_hash == FIRST_PREVIOUS_HASH
    assert third.previous_hash == second.hash
    assert third.hash == hashlib.sha256((second.hash + third.payload).encode()).hexdigest()
    assert queries.verify(session) == queries.ChainReport(3, third.hash, None, None)


def test_the_same_content_is_the_same_text(session: Session) -> None:
    record(session, detail={"b": date(2022, 9, 1), "a": "é\0\ud800"})
    (event,) = queries.events(session)
    assert event.payload == (
        '{"actor":"cli:test","at":"2022-09-20T03:04:05.000000+00:00","detail":{"a":"é\ufffd\ufffd","b":"2022-09-01"},'
        '"kind":"thing.done","subject":"thing","subject_id":1}'
    )
    assert (event.at, event.actor, event.kind, event.subject, event.subject_id) == (
        NOW,
        "cli:test",
        "thing.done",
        "thing",
        1,
    )


def test_events_are_found_by_what_they_are_about(session: Session) -> None:
    record(session, 7)
    record(session, 8)
    record(session, 7, subject="other")
    assert [event.id for event in queries.events(session, subject="thing")] == [2, 1]
    assert [event.id for event in queries.events(session, subject="thing", subject_id=7)] == [1]
    assert [event.id for event in queries.events(session, limit=1)] == [3]


def test_a_writer_cannot_choose_number_hash_or_columns(session: Session) -> None:
    record(session)
    payload = queries.events(session)[0].payload
    session.execute(
        text("""
            INSERT INTO audit_event (id, at, actor, kind, subject, subject_id, payload, previous_hash, hash)
            VALUES (99, now(), 'somebody else', 'x', 'x', 5, :payload, repeat('f', 64), repeat('e', 64))
        """),
        {"payload": payload},
    )
    second, first = queries.events(session)
    assert (second.id, second.actor, second.previous_hash) == (2, "cli:test", first.hash)
    assert queries.verify(session).broken_at is None


@pytest.mark.parametrize(
    "changes",
    [
        {"at": "2022-09-20T03:04:05"},
        {"at": "20 Sep 2022"},
        {"at": None},
        {"subject_id": "1"},
        {"actor": None},
        {"detail": "text"},
    ],
)
def test_a_payload_that_is_no_event_is_refused(session: Session, changes: dict[str, object]) -> None:
    record(session)
    payload = json.loads(queries.events(session)[0].payload) | changes
    with pytest.raises(IntegrityError):
        session.execute(text("INSERT INTO audit_event (payload) VALUES (:p)"), {"p": json.dumps(payload)})


def test_a_payload_of_two_lines_is_refused(session: Session) -> None:
    record(session)
    payload = queries.events(session)[0].payload.replace('{"actor"', '{\n"actor"')
    with pytest.raises(IntegrityError, match="one line"):
        session.execute(text("INSERT INTO audit_event (payload) VALUES (:p)"), {"p": payload})


@pytest.mark.parametrize("replica", [False, True])
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_nobody_rewrites_events(session: Session, statement: str, replica: bool) -> None:
    record(session)
    if replica:
        session.execute(text("SET LOCAL session_replication_role = replica"))
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "at", "reason"),
    [
        ("UPDATE audit_event SET payload = replace(payload, 'nihil', 'ada') WHERE id = 2", 2, "content"),
        ("UPDATE audit_event SET actor = 'x' WHERE id = 2", 2, "columns"),
        ("UPDATE audit_event SET at = at + interval '1 s' WHERE id = 2", 2, "columns"),
        ("DELETE FROM audit_event WHERE id = 2", 3, "event 2 is missing"),
        ("UPDATE audit_event SET id = 9 WHERE id = 3", 9, "event 3 is missing"),
        (
            (
                "UPDATE audit_event SET payload = '{}', "
                "hash = encode(sha256(convert_to(previous_hash || '{}', 'UTF8')), 'hex') WHERE id = 2"
            ),
            2,
            "cannot be read",
        ),
        (
            (
                "UPDATE audit_event SET payload = payload || ' ', "
                "hash = encode(sha256(convert_to(previous_hash || payload || ' ', 'UTF8')), 'hex') WHERE id = 2"
            ),
            3,
            "the event before it",
        ),
    ],
)
def test_what_an_owner_changes_shows(session: Session, statement: str, at: int, reason: str) -> None:
    for number in (1, 2, 3):
        record(session, number)
    tamper(session, statement)
    report = queries.verify(session)
    assert report.broken_at == at
    assert reason in (report.reason or "")


REMADE = """
UPDATE audit_event SET payload = replace(payload, 'nihil', 'ada');
UPDATE audit_event SET hash = encode(sha256(convert_to(previous_hash || payload, 'UTF8')), 'hex') WHERE id = 1;
UPDATE audit_event e SET previous_hash = p.hash, hash = encode(sha256(convert_to(p.hash || e.payload, 'UTF8')), 'hex')
FROM audit_event p WHERE p.id = 1 AND e.id = 2
"""


@pytest.mark.parametrize(
    ("statement", "at", "reason"),
    [
        ("DELETE FROM audit_event WHERE id = 2", 2, "is missing, and event 2 was written down"),
        ("DELETE FROM audit_event", 1, "is missing, and event 2 was written down"),
        (REMADE, 1, "not the one that was written down"),
    ],
)
def test_what_only_a_hash_written_down_elsewhere_shows(session: Session, statement: str, at: int, reason: str) -> None:
    for number in (1, 2):
        record(session, number)
    anchors = {event.id: event.hash for event in queries.events(session)}
    assert queries.verify(session, anchors).broken_at is None
    for each in statement.split(";"):
        tamper(session, each)
    assert queries.verify(session).broken_at is None
    report = queries.verify(session, anchors)
    assert report.broken_at == at
    assert reason in (report.reason or "")


def test_writers_at_the_same_time_make_one_chain_without_gaps(national: Engine) -> None:
    def write(number: int) -> None:
        with Session(national) as session, session.begin():
            record(session, number)
            if number % 5 == 0:
                session.rollback()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    with Session(national) as session:
        report = queries.verify(session)
    assert (report.events, report.broken_at) == (32, None)
