"""Webhooks as the application's role: the ministry adds them and tells them by publishing, those in charge read them."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import Forbidden
from ranham.release import service as releases
from ranham.release.webhooks import service
from ranham.release.webhooks.queries import webhooks
from tests.access import people
from tests.access.application_desk import Desk
from tests.release.webhooks.told import URL, told
from tests.release.world import NOW, closed_period, key

NUMBER = "RANHAM-V:2022-B08/1"
OTHERS = ("operator", "verifier", "auditor", "engine")
NOTICE = "INSERT INTO release_webhook_notice (webhook_id, release_id, event, occurred_at) SELECT max(id), NULL, 'webhook.test', now() FROM release_webhook"
DELIVERY = """
INSERT INTO delivery (key, message_id, kind, ref, channel, address, name, language, created_at, not_before, state, state_at,
                      attempts, next_attempt_at)
SELECT 'x', gen_random_uuid(), {kind}, max(id), {channel}, {address}, {name}, 'en', now(), now(), 'created', now(), 0, now()
FROM release_webhook_notice
"""
RIGHT = {"kind": "'release_webhook'", "channel": "'webhook'", "address": f"'{URL}'", "name": "'pusdatin'"}


@pytest.fixture
def desk(application: Engine) -> Desk:
    made = Desk(application)
    with Session(application) as session, session.begin():
        closed_period(session, every=40)
        serang = people.unit(session, "36.04")
    for name, role in (
        ("ministry", Role.MINISTRY), ("second", Role.MINISTRY), ("auditor", Role.AUDITOR), ("verifier", Role.VERIFIER),
        ("engine", Role.ENGINE_OPERATOR),
    ):  # fmt: skip
        made.seat(name, (role, Place()))
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    with made.at("ministry") as (session, _, who):
        service.add(session, "pusdatin", URL, plain=False, by=who.actor, now=NOW)
    return made


def test_whoever_publishes_tells_the_webhooks(desk: Desk, tmp_path: Path) -> None:
    with desk.at("ministry") as (session, period, who):
        releases.make(session, period, by=who.actor, now=NOW)
        releases.propose(session, NUMBER, by=who.actor, now=NOW)
    with desk.at("second") as (session, _, who):
        releases.sign_off(session, NUMBER, by=who.actor, now=NOW)
        releases.publish(session, NUMBER, key=key(tmp_path), by=who.actor, now=NOW)
    for name in ("ministry", "auditor", "engine"):
        with desk.at(name) as (session, _, _):
            assert told(session) == [("pusdatin", "release.published", NUMBER)]
            assert [(row.name, row.told, row.waiting) for row in webhooks(session)] == [("pusdatin", 1, 1)]
    for name in ("operator", "verifier"):
        with desk.at(name) as (session, _, _):
            assert (webhooks(session), told(session)) == ([], [])


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_but_the_ministry_writes_webhooks(desk: Desk, name: str) -> None:
    with pytest.raises(Forbidden), desk.at(name) as (session, _, who):
        service.add(session, "own", URL, plain=False, by=who.actor, now=NOW)
    for statement in (NOTICE, DELIVERY.format(**RIGHT)):
        with pytest.raises(Forbidden), desk.at(name) as (session, _, _):
            session.execute(text(statement))
    with desk.at(name) as (session, _, _):
        changed = session.execute(text("UPDATE release_webhook SET withdrawn_at = now(), withdrawn_by = 'x'"))
        assert getattr(changed, "rowcount", None) == 0


def test_the_ministry_writes_in_its_own_name_and_only_what_carries_a_notice(desk: Desk) -> None:
    with pytest.raises(Forbidden), desk.at("ministry") as (session, _, _):
        service.add(session, "own", URL, plain=False, by="person:999", now=NOW)
    with pytest.raises(Forbidden), desk.at("ministry") as (session, _, _):
        session.execute(
            text(
                "UPDATE release_webhook SET withdrawn_at = now(), withdrawn_by = 'person:999', withdrawn_because = 'x'"
            )
        )
    for column in ("url", "name"):
        with pytest.raises(Forbidden), desk.at("ministry") as (session, _, _):
            session.execute(text(f"UPDATE release_webhook SET {column} = 'x'"))
    with desk.at("ministry") as (session, _, who):
        service.put_test(session, webhooks(session)[0].id, by=who.actor, now=NOW)
    wrong = {"kind": "'reminder'", "channel": "'email'", "address": "'https://elsewhere.example/'", "name": "'other'"}
    for field, value in wrong.items():
        with pytest.raises(Forbidden), desk.at("ministry") as (session, _, _):
            session.execute(text(DELIVERY.format(**RIGHT | {field: value})))
    with desk.at("ministry") as (session, _, who):
        service.withdraw(session, webhooks(session)[0].id, because="moved", by=who.actor, now=NOW)
    with pytest.raises((Forbidden, DBAPIError)), desk.at("ministry") as (session, _, _):
        session.execute(text(NOTICE))
