from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.outbox import queries, service

NOW = datetime(2022, 9, 20, tzinfo=UTC)


def put(session: Session, key: str, **payload: object) -> bool:
    return service.put(session, topic="reminder", key=key, payload=payload, now=NOW)


def test_the_same_key_twice_is_one_message_and_the_first_one_stays(session: Session) -> None:
    assert [put(session, "a", say="first"), put(session, "a", say="second")] == [True, False]
    (message,) = queries.waiting(session, 10)
    assert (message.topic, message.key, message.payload, message.created_at) == (
        "reminder",
        "a",
        {"say": "first"},
        NOW,
    )


def test_the_oldest_wait_first_and_what_is_handled_waits_no_more(session: Session) -> None:
    for key in ("a", "b", "c"):
        put(session, key)
    session.execute(text("UPDATE outbox_message SET handled_at = now() WHERE key = 'a'"))
    assert [message.key for message in queries.waiting(session, 10)] == ["b", "c"]
    assert [message.key for message in queries.waiting(session, 1)] == ["b"]


def test_a_message_leaves_only_with_the_commit_of_what_it_tells_of(national: Engine) -> None:
    with Session(national) as session:
        put(session, "a")
        session.rollback()
        assert queries.waiting(session, 10) == []
