"""Local accounts: what a password needs, signing in, and what happens to guesses."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.access import service
from ranham.access.models import LocalAccount, TokenKind
from ranham.access.passwords import hash_password
from ranham.access.rules import LockOut
from ranham.audit import queries as audit
from ranham.kernel.errors import BadInput, NotFound
from tests.access.people import NOW, PASSWORD, events, person, token

THREE = LockOut(failures=3, pause=timedelta(minutes=10))
NEW = "gajah menari di pasar"


def account(session: Session, email: str = "siti@banten.go.id", *, must_change: bool = False) -> int:
    siti = person(session, email)
    service.set_password(session, siti, PASSWORD, by="cli:test", now=NOW, must_change=must_change)
    return siti


def attempt(session: Session, password: str, *, minutes: int = 0, email: str = "siti@banten.go.id") -> int | None:
    later = NOW + timedelta(minutes=minutes)
    return service.sign_in(session, email, password, later, lock_out=THREE).person_id


def test_the_right_password_signs_in_and_the_address_may_be_spelt_otherwise(session: Session) -> None:
    siti = account(session)
    assert attempt(session, PASSWORD) == siti
    assert attempt(session, PASSWORD, email=" SITI@Banten.go.id") == siti


@pytest.mark.parametrize("email", ["nobody@banten.go.id", "", "a\0@b.id", "\ud800@b.id", "no address"])
@pytest.mark.parametrize("password", [PASSWORD, "", "x" * 5000, "\ud800\0"])
def test_unknown_people_and_wrong_passwords_get_the_same_answer(session: Session, email: str, password: str) -> None:
    account(session)
    unknown = service.sign_in(session, email, password, NOW)
    wrong = service.sign_in(session, "siti@banten.go.id", "w" + password, NOW)
    assert unknown == wrong == service.SignIn(None)


def test_a_person_without_account_or_disabled_does_not_sign_in(session: Session) -> None:
    person(session, "oidc@banten.go.id")
    siti = account(session)
    service.disable_person(session, siti, by="x", now=NOW)
    assert attempt(session, PASSWORD) is None
    assert attempt(session, PASSWORD, email="oidc@banten.go.id") is None


def test_too_many_wrong_passwords_lock_the_account_for_a_time(session: Session) -> None:
    siti = account(session)
    assert [attempt(session, "wrong") for _ in range(3)] == [None] * 3
    assert attempt(session, PASSWORD, minutes=9) is None
    assert events(session)[-1] == "account.locked"
    assert attempt(session, PASSWORD, minutes=10) == siti


def test_only_wrong_passwords_in_a_row_count(session: Session) -> None:
    siti = account(session)
    for _ in range(3):
        assert [attempt(session, password) for password in ("wrong", "wrong", PASSWORD)] == [None, None, siti]


def test_after_the_pause_the_count_begins_anew(session: Session) -> None:
    siti = account(session)
    for _ in range(3):
        attempt(session, "wrong")
    assert [attempt(session, "wrong", minutes=10) for _ in range(2)] == [None, None]
    assert attempt(session, PASSWORD, minutes=10) == siti


def test_settings_say_how_many_tries_there_are(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    account(session)
    for _ in range(5):
        service.sign_in(session, "siti@banten.go.id", "wrong", NOW)
    assert service.sign_in(session, "siti@banten.go.id", PASSWORD, NOW + timedelta(minutes=14)).person_id is None
    assert service.sign_in(session, "siti@banten.go.id", PASSWORD, NOW + timedelta(minutes=15)).person_id


def test_a_wrong_try_stays_counted_when_the_door_refuses_afterwards(national: Engine) -> None:
    with Session(national) as session, session.begin():
        account(session)
    for _ in range(3):
        with Session(national) as session, session.begin():
            tried = service.sign_in(session, "siti@banten.go.id", "wrong", NOW, lock_out=THREE)
        assert tried.person_id is None
    with Session(national) as session:
        assert attempt(session, PASSWORD) is None


@pytest.mark.parametrize("password", ["", "x" * 11, "é" * 11, "x" * 1025])
def test_a_password_has_at_least_twelve_characters_and_not_too_many(session: Session, password: str) -> None:
    with pytest.raises(BadInput, match="12 to 1024 characters") as refused:
        service.set_password(session, person(session), password, by="x", now=NOW)
    assert not password or password not in str(refused.value)


def test_no_other_rule_is_set_on_the_characters(session: Session) -> None:
    siti = person(session, "siti@banten.go.id")
    service.set_password(session, siti, "é" * 12, by="x", now=NOW)
    decomposed = "e\N{COMBINING ACUTE ACCENT}" * 12
    assert attempt(session, decomposed) == siti


def test_a_password_that_somebody_else_chose_must_be_changed_first(session: Session) -> None:
    siti = account(session, must_change=True)
    assert service.sign_in(session, "siti@banten.go.id", PASSWORD, NOW) == service.SignIn(
        siti, must_change_password=True
    )
    opened = token(session, siti, kind=TokenKind.SESSION)
    found = service.authenticate(session, opened.raw, NOW)
    assert found is not None
    assert found.must_change_password
    assert service.change_password(session, siti, old=PASSWORD, new=NEW, now=NOW, keep_token_id=opened.id)
    found = service.authenticate(session, opened.raw, NOW)
    assert found is not None
    assert not found.must_change_password
    assert attempt(session, PASSWORD) is None
    assert attempt(session, NEW) == siti


def test_changing_needs_the_old_password_and_another_new_one(session: Session) -> None:
    siti = account(session)
    with pytest.raises(BadInput, match="another one"):
        service.change_password(session, siti, old=PASSWORD, new=PASSWORD, now=NOW)
    assert [service.change_password(session, siti, old="wrong", new=NEW, now=NOW) for _ in range(5)] == [False] * 5
    assert attempt(session, PASSWORD) is None  # guesses here count like those at the door
    with pytest.raises(NotFound):
        service.change_password(session, person(session), old="wrong", new=NEW, now=NOW)


def test_a_new_password_ends_the_sessions_and_a_lock_out(session: Session) -> None:
    siti = account(session)
    opened, program = token(session, siti, kind=TokenKind.SESSION), token(session, siti)
    for _ in range(3):
        attempt(session, "wrong")
    service.set_password(session, siti, NEW, by="cli:test", now=NOW)
    assert attempt(session, NEW) == siti
    assert service.authenticate(session, opened.raw, NOW) is None
    assert service.authenticate(session, program.raw, NOW) is not None


def test_an_account_that_was_removed_takes_no_password(session: Session) -> None:
    siti = account(session)
    service.remove_account(session, siti, by="cli:test", now=NOW)
    assert attempt(session, PASSWORD) is None
    with pytest.raises(NotFound):
        service.remove_account(session, siti, by="cli:test", now=NOW)


def test_a_hash_with_old_parameters_is_renewed_by_signing_in(session: Session) -> None:
    siti = account(session)
    old = "$argon2id$v=19$m=8,t=1,p=1$"
    stored = session.get_one(LocalAccount, siti)
    from argon2 import PasswordHasher  # noqa: PLC0415

    stored.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    session.flush()
    assert attempt(session, PASSWORD) == siti
    assert not stored.password_hash.startswith(old)
    assert attempt(session, PASSWORD) == siti


def test_passwords_are_stored_as_argon2id_and_never_in_an_event(session: Session) -> None:
    siti = account(session)
    service.change_password(session, siti, old=PASSWORD, new=NEW, now=NOW)
    service.remove_account(session, siti, by="cli:test", now=NOW)
    assert hash_password(PASSWORD).startswith("$argon2id$")
    assert events(session)[-3:] == ["password.set", "password.changed", "password.removed"]
    written = " ".join(session.scalars(text("SELECT payload FROM audit_event")))
    assert not [secret for secret in (PASSWORD, NEW, "argon2", "siti@", "Siti") if secret in written]
    assert audit.verify(session).broken_at is None
