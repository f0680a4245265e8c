"""From provisional to superseded: who, in which order, and that nothing of it can be undone."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput, Conflict
from ranham.release import service
from ranham.release.content import load
from ranham.release.difference import compare, compare_with_now
from ranham.release.file import check_file, to_file
from ranham.release.queries import find_number, get_release, releases
from ranham.release.signing import Key
from ranham.release.states import TRANSITIONS, ReleaseState, Step, advance, refusal
from tests.compliance.reports import obligation_ids, report, verify
from tests.release.world import LATER, NEW_TERRITORY, NOW, closed_period, key, published


@pytest.fixture
def signing(tmp_path: Path) -> Key:
    return key(tmp_path)


def test_the_table_of_transitions_goes_forward_only() -> None:
    order = list(ReleaseState)
    assert all(order.index(was) < order.index(to) for (was, _), to in TRANSITIONS.items())
    for state in ReleaseState:
        for step in Step:
            if advance(state, step) is None:
                assert refusal("N", state, step).startswith("N is ")


def test_a_release_is_proposed_signed_off_by_another_and_published(session: Session, signing: Key) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW).number
    with pytest.raises(Conflict, match="is provisional, so it cannot be published: propose it, or drop it"):
        service.publish(session, number, key=signing, by="siti", now=NOW)
    service.propose(session, number, by="siti", now=NOW)
    with pytest.raises(Conflict, match=r"who proposed .* cannot sign it off"):
        service.sign_off(session, number, by="siti", now=NOW)
    service.sign_off(session, number, by="budi", now=NOW)
    service.publish(session, number, key=signing, by="siti", now=NOW)
    for step in (service.propose, service.sign_off, service.drop):
        with pytest.raises(Conflict, match=r"is published, so it cannot be .*make an amendment with a reason"):
            step(session, number, by="x", now=NOW)
    assert check_file(to_file(load(session, number)), signing.public).signed
    kinds = ["release.made", "release.proposed", "release.signed_off", "release.published"]
    chain = session.execute(text("SELECT kind, actor FROM audit_event WHERE subject = 'release' ORDER BY id")).all()
    topics = session.scalars(text("SELECT topic FROM outbox_message WHERE topic LIKE 'release.%' ORDER BY id")).all()
    assert [row.kind for row in chain] == topics == kinds
    assert [row.actor for row in chain] == ["siti", "siti", "budi", "siti"]


def test_each_version_of_a_release_amended_twice_verifies_and_differences_name_their_causes(
    session: Session, signing: Key
) -> None:
    found = closed_period(session)
    ids = obligation_ids(session, found.plan_year_id)
    published(session, service.make(session, found, by="siti", now=NOW), signing)
    report(session, ids[15], found.id)
    verify(session, ids[15], found.id, score_bp=9000)
    second = service.amend(session, found, by="siti", now=LATER, reason="laporan susulan")
    published(session, second, signing, now=LATER)
    third = service.amend(session, found, by="siti", now=LATER, reason="pemekaran Papua", territory_as_of=NEW_TERRITORY)
    published(session, third, signing, now=LATER)
    numbers = [f"RANHAM-V:2022-B08/{version}" for version in (1, 2, 3)]
    for number in numbers:
        assert check_file(to_file(load(session, number)), signing.public).content["release"]["number"] == number
    rows = releases(session)
    assert [(row.number, row.state, row.superseded_by) for row in rows] == [
        (numbers[0], "superseded", numbers[1]),
        (numbers[1], "superseded", numbers[2]),
        (numbers[2], "published", None),
    ]
    assert find_number(session, "2022-B08") == numbers[2]
    assert find_number(session, "2022-B08/1") == numbers[0]

    news = compare(session, numbers[0], numbers[1])
    assert news.units == ()
    assert [(cause.kind, cause.what) for cause in news.causes] == [
        ("revision", "revision 1 counts"),
        ("decision", "verified with score 90.00"),
    ]
    pooled = next(
        f
        for f in news.figures
        if (f.scope, f.figure, f.action, f.target_group) == ("pooled", "completeness", None, None)
    )
    assert (pooled.numerator or 0) - (pooled.was_numerator or 0) == 1

    moved = compare(session, numbers[1], numbers[2])
    assert [cause.kind for cause in moved.causes] == ["territory"]
    assert "territory as of 2022-12-01 instead of 2022-01-01: Kepmendagri " in moved.causes[0].what
    assert {unit.code for unit in moved.units if unit.field == "stands"} == {"93", "94", "95"}
    assert {figure.level for figure in moved.figures} == {"province", "office"}
    assert compare(session, numbers[2], numbers[2]).same


def test_as_published_beside_as_now_known_keeps_nothing(session: Session, signing: Key) -> None:
    found = closed_period(session)
    published(session, service.make(session, found, by="siti", now=NOW), signing)
    assert compare_with_now(session, "RANHAM-V:2022-B08/1", now=LATER).same
    report(session, obligation_ids(session, found.plan_year_id)[15], found.id)
    differs = compare_with_now(session, "RANHAM-V:2022-B08/1", now=LATER)
    assert [cause.kind for cause in differs.causes] == ["revision"]
    assert len(releases(session, sandboxes=True)) == 1
    assert session.scalar(text("SELECT count(DISTINCT release_id) FROM release_fact")) == 1


def test_a_dropped_version_keeps_its_number(session: Session) -> None:
    found = closed_period(session)
    first = service.make(session, found, by="siti", now=NOW)
    service.drop(session, first.number, by="siti", now=NOW)
    with pytest.raises(BadInput, match="needs a reason"):
        service.make(session, found, by="siti", now=NOW)
    second = service.make(session, found, by="siti", now=NOW, reason="yang pertama keliru")
    assert (second.number, second.supersedes) == ("RANHAM-V:2022-B08/2", None)
    with pytest.raises(Conflict, match="is dropped, so it cannot be proposed"):
        service.propose(session, first.number, by="siti", now=NOW)


REWRITES = (
    "UPDATE release_figure SET numerator = numerator + 1 WHERE position = 1",
    "DELETE FROM release_figure WHERE position = 1",
    "UPDATE release_fact SET achieved = true",
    "DELETE FROM release_fact",
    "UPDATE release_unit SET name = 'x'",
    "TRUNCATE release_fact",
    "INSERT INTO release_unit (release_id, unit_id, name, type, level) SELECT id, 0, 'x', 'x', 'regency' FROM release",
    "DELETE FROM release",
    "UPDATE release SET rules = '{}'",
    "UPDATE release SET content_hash = repeat('0', 64)",
    "UPDATE release SET state = 'provisional', proposed_at = NULL, proposed_by = NULL",
    "UPDATE release SET state = 'published', published_at = now(), signature = 'x', key_id = 'x'",
    "UPDATE release SET state = 'signed_off', signed_off_at = now(), signed_off_by = proposed_by",
)


def test_the_database_refuses_to_rewrite_a_release_also_for_its_owner(session: Session) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW).number
    service.propose(session, number, by="siti", now=NOW)
    for statement in REWRITES:
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))
    session.expire_all()
    assert get_release(session, number).state is ReleaseState.PROPOSED
    assert service.sign_off(session, number, by="budi", now=NOW).state is ReleaseState.SIGNED_OFF


def test_a_release_that_was_changed_behind_the_triggers_goes_no_further(session: Session) -> None:
    number = service.make(session, closed_period(session), by="siti", now=NOW).number
    session.execute(text("ALTER TABLE release_figure DISABLE TRIGGER USER"))
    session.execute(text("UPDATE release_figure SET numerator = numerator + 1 WHERE position = 1"))
    with pytest.raises(Conflict, match="no longer says what its hash"):
        service.propose(session, number, by="siti", now=NOW)
