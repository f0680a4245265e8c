"""Sessions: signing in, the own password, signing out, and who one is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from ranham.access import queries as people
from ranham.access import service as access
from ranham.access.id_token import IdTokenRefused, configured_provider, read_id_token
from ranham.access.models import TokenKind
from ranham.access.permissions import check_scopes
from ranham.access.principal import Principal, actor_of
from ranham.access.rules import normal_email
from ranham.api.kinds import SignInRefused, Unauthenticated, WrongPassword
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.access import IdTokenIn, MeOut, PasswordIn, RoleOut, SessionOut, SignInIn
from ranham.api.tries import count_try
from ranham.api.work import Caller, FromCaller, reading
from ranham.kernel import clock
from ranham.kernel.database import unit_of_work
from ranham.kernel.settings import settings

log = logging.getLogger("ranham.api")
router = APIRouter(tags=["access"])
NEW_SESSION = answers(SessionOut, words="A session.")


@router.post("/sign-in", operation_id="sign_in", responses=NEW_SESSION | refusals(429, but=(403, 404)))
def sign_in(body: SignInIn, request: Request) -> Response:
    """Sign in with e-mail and password. Unknown, disabled, locked and wrong are one answer."""
    now = clock.real_now()
    count_try(client=_client(request), whose=normal_email(body.email))
    with unit_of_work() as session:
        found = access.sign_in(session, body.email, body.password, now)
        made = _session(session, found)
    return _answer(made)


@router.post(
    "/sign-in/oidc", operation_id="sign_in_with_id_token", responses=NEW_SESSION | refusals(409, 429, but=(403, 404))
)
def sign_in_with_id_token(body: IdTokenIn, request: Request) -> Response:
    """Sign in with an ID token of the configured issuer (OpenID Connect), and the nonce that was sent with it."""
    now = clock.real_now()
    count_try(client=_client(request))
    provider = configured_provider()
    try:
        said = read_id_token(body.id_token, provider=provider, nonce=body.nonce, now=now)
    except IdTokenRefused as refused:
        log.info("sign-in refused: %s", refused)
        return _answer(None)
    with unit_of_work() as session:
        found = access.sign_in_with_id_token(session, said, now)
        made = _session(session, found)
    return _answer(made)


@router.post("/password", operation_id="change_password", status_code=204, responses=answers(None, 204) | refusals(429))
def change_password(body: PasswordIn, caller: FromCaller) -> Response:
    """Change one's own password; every other session ends. The only thing that a first password allows."""
    with _as_owner(caller) as (session, principal):
        check_scopes(principal, writes=True)
        count_try(whose=principal.actor)
        changed = access.change_password(
            session, principal.person_id, old=body.old_password, new=body.new_password, now=clock.real_now(),
            keep_token_id=principal.token_id,
        )  # fmt: skip
    if not changed:  # after the commit: a wrong one is counted
        raise WrongPassword("the old password is wrong, or there were too many wrong tries")
    return reply(None, 204).response()


@router.post("/sign-out", operation_id="sign_out", status_code=204, responses=answers(None, 204) | refusals())
def sign_out(caller: FromCaller) -> Response:
    """End this session or token."""
    with _as_owner(caller) as (session, principal):
        access.revoke_token(session, principal.token_id, by=principal.actor, now=clock.real_now())
    return reply(None, 204).response()


@router.get("/me", operation_id="get_me", responses=answers(MeOut) | refusals())
def me(caller: FromCaller) -> Response:
    """Who one is, and the roles of today."""
    with reading(caller) as work:
        places = people.places_of_roles(work.session, work.principal, day=work.today)
        said = MeOut(
            person_id=work.principal.person_id,
            name=work.principal.name,
            token_kind=work.principal.kind,
            roles=[
                RoleOut(
                    role=held.role, unit_code=place.unit_code, place=place.unit_name, opd=held.opd, office=place.office
                )
                for held, place in zip(work.principal.roles, places, strict=True)
            ],
        )
    return reply(said).response()


@contextmanager
def _as_owner(caller: Caller) -> Iterator[tuple[Session, Principal]]:
    """For what is about accounts themselves: no role of the application may touch those."""
    with unit_of_work() as session:
        principal = access.authenticate(session, caller.token, clock.real_now())
        if principal is None:
            raise Unauthenticated("the token is unknown, has expired or was revoked")
        caller.scope["ranham.person"] = principal.person_id
        yield session, principal


def _session(session: Session, found: access.SignIn) -> SessionOut | None:
    if found.person_id is None:
        return None
    now = clock.real_now()
    issued = access.issue_token(
        session, found.person_id, name="API", scopes=[], expires_at=now + timedelta(hours=settings().session_hours),
        by=actor_of(found.person_id), now=now, kind=TokenKind.SESSION,
    )  # fmt: skip
    return SessionOut(token=issued.raw, expires_at=issued.expires_at, must_change_password=found.must_change_password)


def _answer(made: SessionOut | None) -> Response:
    if made is None:
        raise SignInRefused(access.REFUSED)
    return reply(made).response()


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
