"""Local accounts: passwords set, changed, checked, and locked after too many wrong ones."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ranham.access import rules
from ranham.access.models import LocalAccount, TokenKind
from ranham.access.passwords import hash_password, is_outdated, matches
from ranham.access.principal import actor_of
from ranham.access.service.people import locked_person
from ranham.access.service.tokens import revoke_tokens
from ranham.audit.service import record
from ranham.kernel.errors import BadInput, Finding, NotFound
from ranham.kernel.settings import settings

LOCK_OUT_ACTOR = "system:sign-in"


def set_password(  # noqa: PLR0913 - whose, which, by whom and when
    session: Session, person_id: int, password: str, *, by: str, now: datetime, must_change: bool = True
) -> None:
    """Give a person a password, and an account if there is none. Ends a lock-out and all sessions.

    Whoever sets another person's password leaves `must_change`: until the person has changed it, a session of theirs
    may do nothing else.
    """
    findings = rules.password_findings(password)
    if findings:
        raise BadInput(findings)
    locked_person(session, person_id)
    account = session.get(LocalAccount, person_id, with_for_update=True)
    if account is None:
        account = LocalAccount(person_id=person_id)
        session.add(account)
    _store(account, password, must_change=must_change, now=now)
    revoked = revoke_tokens(session, person_id, now=now, kind=TokenKind.SESSION)
    detail = {"must_change": must_change, "sessions_revoked": revoked}
    record(session, actor=by, kind="password.set", subject="person", subject_id=person_id, detail=detail, now=now)


def change_password(  # noqa: PLR0913 - both passwords, and what stays
    session: Session, person_id: int, *, old: str, new: str, now: datetime, keep_token_id: int | None = None
) -> bool:
    """A person changes their own password. False: the old one was wrong, which counts like a wrong sign-in, so commit
    all the same. Ends the person's other sessions.
    """
    findings = rules.password_findings(new)
    if rules.normal_password(old) == rules.normal_password(new):
        findings.append(Finding("new password", "the old one", "another one"))
    if findings:
        raise BadInput(findings)
    account = session.get(LocalAccount, person_id, with_for_update=True)
    if account is None:
        raise NotFound(f"person {person_id} has no password")
    if not is_right(session, account, old, now=now):
        return False
    _store(account, new, must_change=False, now=now)
    revoked = revoke_tokens(session, person_id, now=now, kind=TokenKind.SESSION, keep=keep_token_id)
    detail = {"sessions_revoked": revoked}
    record(
        session,
        actor=actor_of(person_id),
        kind="password.changed",
        subject="person",
        subject_id=person_id,
        detail=detail,
        now=now,
    )
    return True


def remove_account(session: Session, person_id: int, *, by: str, now: datetime) -> None:
    """Take the password away: the person signs in through OpenID Connect only, or not at all."""
    account = session.get(LocalAccount, person_id, with_for_update=True)
    if account is None:
        raise NotFound(f"person {person_id} has no password")
    session.delete(account)
    revoked = revoke_tokens(session, person_id, now=now, kind=TokenKind.SESSION)
    detail = {"sessions_revoked": revoked}
    record(session, actor=by, kind="password.removed", subject="person", subject_id=person_id, detail=detail, now=now)


def is_right(
    session: Session,
    account: LocalAccount,
    password: str,
    *,
    now: datetime,
    lock_out: rules.LockOut | None = None,
) -> bool:
    """Check a password against an account that is held for update, and count it; a locked account takes none.

    The work is done for a locked account too, so that the time taken tells nothing.
    """
    tried = password[: rules.LONGEST_PASSWORD]
    right = matches(account.password_hash, tried) and tried == password
    if account.locked_until is not None and now < account.locked_until:
        return False
    if right:
        account.failures, account.locked_until = 0, None
        if is_outdated(account.password_hash):
            account.password_hash = hash_password(password)
        return True
    limit = lock_out or configured_lock_out()
    account.failures += 1
    if account.failures >= limit.failures:
        account.failures, account.locked_until = 0, now + limit.pause
        record(
            session,
            actor=LOCK_OUT_ACTOR,
            kind="account.locked",
            subject="person",
            subject_id=account.person_id,
            detail={"until": account.locked_until, "failures": limit.failures},
            now=now,
        )
    return False


def configured_lock_out() -> rules.LockOut:
    return rules.LockOut(settings().sign_in_failures, timedelta(minutes=settings().sign_in_lock_minutes))


def _store(account: LocalAccount, password: str, *, must_change: bool, now: datetime) -> None:
    account.password_hash = hash_password(password)
    account.must_change, account.changed_at = must_change, now
    account.failures, account.locked_until = 0, None
