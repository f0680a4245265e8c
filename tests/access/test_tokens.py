from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access import queries, service
from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import BadInput, Conflict, NotFound
from tests.access.people import NOW, TODAY, events, grant, person, token, unit


def test_a_token_is_its_person_with_the_roles_of_today(session: Session) -> None:
    siti = person(session)
    banten = unit(session, "36")
    operator = grant(session, siti, Role.OPERATOR, Place(banten))
    grant(session, siti, Role.AUDITOR, since=TODAY + timedelta(days=1))
    grant(session, siti, Role.MINISTRY, since=TODAY - timedelta(days=9), to=TODAY)
    found = service.authenticate(session, token(session, siti).raw, NOW)
    assert found is not None
    assert (found.person_id, found.name, found.scopes, found.actor) == (siti, "Siti", {"read"}, f"person:{siti}")
    assert [(role.id, role.role, role.unit_id) for role in found.roles] == [(operator, Role.OPERATOR, banten)]
    assert (found.has(Role.OPERATOR), found.has(Role.AUDITOR), found.must_change_password) == (True, False, False)


def test_today_is_that_of_jakarta(session: Session) -> None:
    siti = person(session)
    grant(session, siti, Role.MINISTRY, since=TODAY)
    raw = token(session, siti, now=NOW - timedelta(days=1), days=9).raw
    midnight = NOW.replace(hour=17) - timedelta(days=1)
    before = service.authenticate(session, raw, midnight - timedelta(seconds=1))
    after = service.authenticate(session, raw, midnight)
    assert before is not None
    assert after is not None
    assert (before.roles, len(after.roles)) == ((), 1)


@pytest.mark.parametrize("raw", ["", "rnh_", "rnh_" + "x" * 43, "\ud800\0", "x" * 100_000])
def test_a_token_that_was_not_issued_is_nobody(session: Session, raw: str) -> None:
    assert service.authenticate(session, raw, NOW) is None


def test_an_expired_revoked_or_disabled_person_s_token_is_nobody(session: Session) -> None:
    siti = person(session)
    issued = token(session, siti, days=1)
    assert service.authenticate(session, issued.raw, NOW + timedelta(days=1)) is None
    assert service.authenticate(session, issued.raw, NOW) is not None
    assert [service.revoke_token(session, issued.id, by="x", now=NOW) for _ in range(2)] == [True, False]
    assert service.authenticate(session, issued.raw, NOW) is None
    other = token(session, siti)
    service.disable_person(session, siti, by="x", now=NOW)
    assert service.authenticate(session, other.raw, NOW) is None
    service.enable_person(session, siti, by="x", now=NOW)
    assert service.authenticate(session, other.raw, NOW) is None  # what was revoked stays revoked
    with pytest.raises(NotFound):
        service.revoke_token(session, -1, by="x", now=NOW)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_ends_within_a_year(session: Session, days: float) -> None:
    with pytest.raises(BadInput, match="end of the token"):
        token(session, person(session), days=days)


def test_a_disabled_person_gets_no_token(session: Session) -> None:
    siti = person(session)
    service.disable_person(session, siti, by="x", now=NOW)
    with pytest.raises(Conflict, match="disabled"):
        token(session, siti)
    with pytest.raises(NotFound):
        token(session, -1)


def test_the_token_itself_is_nowhere_but_with_whoever_asked_for_it(session: Session) -> None:
    issued = token(session, person(session))
    assert issued.raw.startswith("rnh_")
    assert len(issued.raw) == len("rnh_") + 43
    assert issued.raw not in repr(issued)
    service.revoke_token(session, issued.id, by="x", now=NOW)
    assert events(session)[-2:] == ["token.issued", "token.revoked"]
    for table in ("api_token", "audit_event"):
        stored = " ".join(session.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t")))
        assert issued.raw.removeprefix("rnh_") not in stored


def test_the_last_use_is_noted_to_the_minute(session: Session) -> None:
    siti = person(session)
    issued = token(session, siti)
    for seconds in (0, 59, 61):
        service.authenticate(session, issued.raw, NOW + timedelta(seconds=seconds))
        session.flush()
        (row,) = queries.tokens(session, person_id=siti)
        assert row.last_used_at == NOW + timedelta(seconds=61 if seconds == 61 else 0)
