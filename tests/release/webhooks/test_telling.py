"""What webhooks are told of, in the transaction of the thing itself, and once."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.audit.queries import verify
from ranham.kernel.errors import BadInput, Conflict, NotFound
from ranham.outbox.deliveries import Content, Due, Withdrawn
from ranham.release import service as releases
from ranham.release.webhooks import service
from ranham.release.webhooks.composing import compose_notice, stop_withdrawn
from ranham.release.webhooks.queries import find_webhook, webhooks
from ranham.release.webhooks.rules import WebhookEvent
from tests.release.webhooks.told import ALL, URL, told, webhook
from tests.release.world import LATER, NOW, closed_period, key, published

FIRST, SECOND = "RANHAM-V:2022-B08/1", "RANHAM-V:2022-B08/2"


def due(session: Session) -> list[Due]:
    rows = session.execute(
        text("""SELECT id, kind, ref, channel, address, name, language, message_id::text FROM delivery
                WHERE kind = 'release_webhook' ORDER BY id""")
    )
    return [Due(*row) for row in rows]


def said(session: Session) -> list[Content | Withdrawn]:
    found = due(session)
    made = compose_notice(session, found, LATER)
    return [made[each.id] for each in found]


def test_publishing_and_superseding_are_told_to_every_webhook_once(session: Session, tmp_path: Path) -> None:
    webhook(session)
    webhook(session, "bps", "https://bps.example.go.id/hook", events=(WebhookEvent.SUPERSEDED,))
    gone = webhook(session, "old", "https://old.example.go.id/hook")
    service.withdraw(session, gone.id, because="moved", by="siti", now=NOW)
    signing, period = key(tmp_path), closed_period(session)
    published(session, releases.make(session, period, by="siti", now=NOW), signing)
    assert told(session) == [("pusdatin", "release.published", FIRST)]
    again = releases.amend(session, period, by="siti", now=LATER, reason="laporan susulan")
    published(session, again, signing, now=LATER)
    assert told(session)[1:] == [
        ("pusdatin", "release.superseded", FIRST),
        ("bps", "release.superseded", FIRST),
        ("pusdatin", "release.published", SECOND),
    ]
    before = told(session)
    service.tell(session, again.id, "release.published", now=LATER)
    assert told(session) == before


def test_a_body_says_what_happened_and_where_to_get_it(session: Session, tmp_path: Path) -> None:
    webhook(session)
    signing, period = key(tmp_path), closed_period(session)
    first = published(session, releases.make(session, period, by="siti", now=NOW), signing)
    again = releases.amend(session, period, by="siti", now=LATER, reason="laporan susulan")
    second = published(session, again, signing, now=LATER)
    contents = said(session)
    assert all(isinstance(each, Content) for each in contents)
    bodies = [service_body(each) for each in contents]
    assert [body["id"] for body in bodies] == [each.message_id for each in due(session)]
    place = "http://127.0.0.1:8000/api/v1/releases/RANHAM-V:2022-B08"
    pull = bodies[0].pop("pull")
    assert (pull["release"], pull["figures"], pull["files"]["csv"]) == (
        f"{place}/1",
        f"{place}/1/figures",
        f"{place}/1/files/csv",
    )
    of_first = {
        "release": FIRST, "regulation": "RANHAM-V", "label": "2022-B08", "kind": "period", "version": 1,
        "content_hash": first.content_hash, "simulated": first.simulated,
    }  # fmt: skip
    # Made after it was superseded, and yet it tells of the publication only.
    assert bodies[0] == {
        "id": bodies[0]["id"],
        "event": "release.published",
        "occurred_at": "2022-10-10T00:00:00Z",
        **of_first,
        "supersedes": None,
    }
    assert {name: bodies[1][name] for name in of_first} == of_first
    assert (bodies[1]["event"], bodies[1]["superseded_by"]) == ("release.superseded", SECOND)
    assert (bodies[2]["event"], bodies[2]["supersedes"], bodies[2]["content_hash"]) == (
        "release.published",
        FIRST,
        second.content_hash,
    )
    assert contents == said(session)


def service_body(content: Content | Withdrawn) -> dict[str, object]:
    assert isinstance(content, Content)
    made = json.loads(content.text)
    assert isinstance(made, dict)
    return made


def test_what_was_never_published_is_told_as_dropped_only_to_those_who_ask(session: Session) -> None:
    webhook(session)
    webhook(session, "internal", events=ALL)
    period = closed_period(session)
    releases.drop(session, releases.make(session, period, by="siti", now=NOW).number, by="siti", now=NOW)
    sandbox = releases.make(session, period, by="siti", now=NOW, sandbox=True)
    releases.drop(session, sandbox.number, by="siti", now=NOW)
    assert told(session) == [("internal", "release.dropped", FIRST)]
    (content,) = said(session)
    assert "pull" not in service_body(content)


def test_a_refused_publication_tells_nobody(session: Session, tmp_path: Path) -> None:
    webhook(session)
    made = releases.make(session, closed_period(session), by="siti", now=NOW)
    with pytest.raises(Conflict):
        releases.publish(session, made.number, key=key(tmp_path), by="budi", now=NOW)
    assert told(session) == []


def test_what_waits_for_a_webhook_that_was_withdrawn_is_cancelled(session: Session) -> None:
    made = webhook(session)
    sent = service.put_test(session, made.id, by="siti", now=NOW)
    service.withdraw(session, made.id, because="moved", by="siti", now=NOW)
    assert [type(each) for each in stop_withdrawn(session, due(session), LATER).values()] == [Withdrawn]
    assert service.settle(session, now=LATER) == 0
    row = session.execute(text("SELECT state, because FROM delivery WHERE id = :id"), {"id": sent}).one()
    assert tuple(row) == ("cancelled", "overtaken by the withdrawal of the webhook pusdatin")
    with pytest.raises(Conflict, match="was withdrawn"):
        service.put_test(session, made.id, by="siti", now=NOW)
    with pytest.raises(Conflict, match="withdrawn already"):
        service.withdraw(session, made.id, because="again", by="siti", now=NOW)


def test_a_name_is_one_webhook_s_until_it_is_withdrawn(session: Session) -> None:
    first = webhook(session)
    with pytest.raises(Conflict, match="there is a webhook pusdatin already"):
        webhook(session)
    service.withdraw(session, first.id, because=" ", by="siti", now=NOW)
    with pytest.raises(NotFound):
        find_webhook(session, "pusdatin")
    second = webhook(session)
    assert find_webhook(session, "pusdatin") == second.id
    rows = {row.id: row for row in webhooks(session, withdrawn=True)}
    assert rows[first.id].withdrawn_because == "no reason given"
    assert [row.id for row in webhooks(session)] == [second.id]


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://pusdatin.example.go.id/ranham", False),
        ("https://user:rahasia@pusdatin.example.go.id/", True),
        ("https://pusdatin.example.go.id/?token=rahasia", True),
        ("https://pusdatin.example.go.id/#a", True),
        ("ftp://pusdatin.example.go.id/", True),
        ("https:///ranham", True),
        ("https://pusdatin.example.go.id:99999/", True),
        ("https://[::1/", True),
        ("https://pusdatin.example.go.id/a b", True),
        ("https://pusdatin.example.go.id/\r\nX: y", True),
        ("https://pusdatín.example.go.id/", True),
        ("https://" + "a" * 3000, True),
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused(session: Session, url: str, *, plain: bool) -> None:
    with pytest.raises(BadInput):
        service.add(session, "pusdatin", url, plain=plain, by="siti", now=NOW)


def test_names_and_events_are_checked(session: Session) -> None:
    for name in ("", "A", "../a", "a b", "a" * 41):
        with pytest.raises(BadInput, match="name"):
            service.add(session, name, URL, plain=False, by="siti", now=NOW)
    for events in ((), (WebhookEvent.TEST,)):
        with pytest.raises(BadInput, match="events"):
            service.add(session, "a", URL, events=events, plain=False, by="siti", now=NOW)
    for url in ("https://[2001:db8::1]:8443/x", "https://192.0.2.1/x", "https://a-b.example.go.id"):
        assert service.add(session, f"ok-{len(url)}", url, plain=False, by="siti", now=NOW).id


def test_webhooks_are_events_of_the_chain_without_address_and_name(session: Session) -> None:
    made = webhook(session)
    service.put_test(session, made.id, by="siti", now=NOW)
    service.withdraw(session, made.id, because="moved", by="siti", now=NOW)
    payloads = session.scalars(
        text("SELECT payload FROM audit_event WHERE payload LIKE '%webhook.%' ORDER BY id")
    ).all()
    assert [
        kind for kind in ("added", "tested", "withdrawn") if any(f'"webhook.{kind}"' in each for each in payloads)
    ] == [
        "added",
        "tested",
        "withdrawn",
    ]
    assert not any(word in each for word in (URL, "pusdatin") for each in payloads)
    assert verify(session).broken_at is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release_webhook SET url = 'https://other.example.go.id/'",
        "UPDATE release_webhook SET withdrawn_at = NULL, withdrawn_by = NULL, withdrawn_because = NULL",
        "DELETE FROM release_webhook",
        "UPDATE release_webhook_notice SET event = 'release.published'",
        "DELETE FROM release_webhook_notice",
        "TRUNCATE release_webhook CASCADE",
        "INSERT INTO release_webhook (name, url, events, created_at, created_by) VALUES ('A', 'https://a/', '{release.published}', now(), 'x')",
        "INSERT INTO release_webhook (name, url, events, created_at, created_by) VALUES ('a', 'https://a/?b', '{release.published}', now(), 'x')",
        "INSERT INTO release_webhook (name, url, events, created_at, created_by) VALUES ('a', 'https://a/', '{}', now(), 'x')",
    ],
)
def test_the_database_refuses_what_would_rewrite_or_spoil_webhooks(session: Session, statement: str) -> None:
    made = webhook(session)
    service.put_test(session, made.id, by="siti", now=NOW)
    service.withdraw(session, made.id, because="moved", by="siti", now=NOW)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))
