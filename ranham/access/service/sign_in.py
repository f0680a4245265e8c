"""Who signs in: with a password, or with an ID token of the configured issuer.

Both give an outcome and raise nothing: a refused try has to be counted, and an exception on its way out of the
transaction would take the count back. Commit first, then tell the person.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ranham.access import rules
from ranham.access.models import LocalAccount, Person
from ranham.access.passwords import spend_the_same
from ranham.access.principal import actor_of
from ranham.access.service.accounts import is_right
from ranham.audit.service import record

REFUSED = (
    "E-mail or password is wrong, or there were too many wrong tries and signing in is locked for some minutes. / "
    "Surel atau kata sandi salah, atau terlalu banyak percobaan sehingga masuk dikunci beberapa menit."
)
"""The one sentence for every refusal: which of them it was would tell who has an account here."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a try ended. The caller issues a session for `person_id`, if there is one."""

    person_id: int | None
    must_change_password: bool = False


def sign_in(
    session: Session, email: str, password: str, now: datetime, *, lock_out: rules.LockOut | None = None
) -> SignIn:
    """Check an address and a password. Unknown, disabled, locked and wrong are one answer after about the same work.

    After too many wrong passwords in a row (settings, or `lock_out`) the account takes none for a time, not even the
    right one. Tries at the same time wait for each other, so none goes uncounted.
    """
    account = _account_of(session, rules.normal_email(email))
    if account is None:
        spend_the_same(password[: rules.LONGEST_PASSWORD])
        return SignIn(None)
    if not is_right(session, account, password, now=now, lock_out=lock_out):
        session.flush()
        return SignIn(None)
    session.flush()
    return SignIn(account.person_id, account.must_change)


def sign_in_with_id_token(session: Session, token: rules.IdToken, now: datetime) -> SignIn:
    """The person of a checked ID token: by issuer and subject, or at the first time by an address that the issuer has
    verified. From then on the address does not matter. Nobody is added by signing in.
    """
    person = session.scalar(
        select(Person).where(Person.oidc_issuer == token.issuer, Person.oidc_subject == token.subject)
    )
    linked = person is None
    if person is None and token.email is not None:
        person = session.scalar(
            select(Person)
            .where(Person.email == rules.normal_email(token.email), Person.oidc_subject.is_(None))
            .with_for_update()
        )
    if person is None or person.disabled_at is not None:
        return SignIn(None)
    must_change = session.scalar(select(LocalAccount.must_change).where(LocalAccount.person_id == person.id))
    if linked:
        person.oidc_issuer, person.oidc_subject = token.issuer, token.subject
        record(
            session,
            actor=actor_of(person.id),
            kind="person.linked",
            subject="person",
            subject_id=person.id,
            detail={"issuer": token.issuer},
            now=now,
        )
    return SignIn(person.id, bool(must_change))


def _account_of(session: Session, email: str) -> LocalAccount | None:
    """Held for update. None for an address that cannot be one, too: not every text can be asked for."""
    if rules.email_findings(email):
        return None
    return session.scalar(
        select(LocalAccount)
        .join(Person, Person.id == LocalAccount.person_id)
        .where(Person.email == email, Person.disabled_at.is_(None))
        .with_for_update(of=LocalAccount)
        .execution_options(populate_existing=True)
    )
