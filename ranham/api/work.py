"""One request, one transaction: who asks, what they may do, what is written, and the answer kept with it."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.responses import Response

from ranham.access import service as access
from ranham.access.permissions import Right, UnitPlace, check_scopes, require
from ranham.access.places import place_of
from ranham.access.principal import Principal
from ranham.access.service import Recognized
from ranham.api import idempotency
from ranham.api.idempotency import Key
from ranham.api.kinds import PasswordChangeRequired, Unauthenticated
from ranham.api.reply import Reply
from ranham.kernel import clock
from ranham.kernel.database import application_read_session, application_unit_of_work, unit_of_work
from ranham.kernel.errors import NotFound
from ranham.submission.locating import ReportPlace, asking, found, locate
from ranham.submission.reports import Cause
from ranham.territory import queries as territory

bearer = HTTPBearer(
    scheme_name="token", description="A session (POST /sign-in) or a token (`ranham token issue`).", auto_error=False
)


TOKEN = re.compile("[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Work:
    """An open transaction, on behalf of a person."""

    session: Session
    principal: Principal
    now: datetime

    @property
    def today(self) -> date:
        return _today()

    @property
    def day(self) -> date:
        """The day that codes of units are read as of, where there is no period."""
        return clock.local_date(self.now)

    def cause(self, reason_code: str | None = None, remark: str | None = None) -> Cause:
        return Cause(self.principal.actor, self.now, reason_code, remark)

    def unit(self, unit_id: int, right: Right, *, what: str) -> UnitPlace:
        """Where a unit stands, if the person may do this to it."""
        place = place_of(self.session, unit_id, today=self.today)
        if place is None:
            raise NotFound(f"no {what}")
        require(self.principal, right, place, what=what)
        return place

    def unit_of_code(self, code: str, day: date, right: Right) -> int:
        """The unit that has a code on a day, if the person may do this to it; else one answer, whether it exists or not."""
        try:
            unit_id = territory.by_code(self.session, code, day).unit_id
        except NotFound:
            raise NotFound(f"no unit {code}") from None
        self.unit(unit_id, right, what=f"unit {code}")
        return unit_id

    def report(self, period: str, obligation_id: int, right: Right) -> ReportPlace:
        """The report that a path names, if the person may do this to it."""
        place = locate(self.session, period, obligation_id, today=self.today)
        require(self.principal, right, place.unit, what=place.title)
        return place


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent the token, before anybody has looked at it."""

    token: str
    scope: Any
    """Of the request: the log says who it was."""


@dataclass(frozen=True, slots=True)
class Writer:
    caller: Caller
    key: Key | None


async def caller_of(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Caller:
    if given is None or not TOKEN.fullmatch(given.credentials):
        raise Unauthenticated("send the header Authorization: Bearer with a token")
    return Caller(given.credentials, request.scope)


IdempotencyKey = Annotated[
    str | None,
    Header(
        description="A name of your own for this request. Repeated with it, the same request is done once and answered "
        "alike; kept for seven days.",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        examples=["5b1c0d0e-7f3a-4c57-9a53-0f8d6f6c2a11"],
    ),
]


async def writer_of(
    request: Request, caller: Annotated[Caller, Depends(caller_of)], idempotency_key: IdempotencyKey = None
) -> Writer:
    if idempotency_key is None:
        return Writer(caller, None)
    body = await request.body()
    return Writer(caller, Key(idempotency_key, about(request), hashlib.sha256(body).hexdigest()))


def about(request: Request) -> str:
    """What a request is, beside its body."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.method} {request.url.path}{query}"


FromCaller = Annotated[Caller, Depends(caller_of)]
FromWriter = Annotated[Writer, Depends(writer_of)]


@contextmanager
def reading(caller: Caller) -> Iterator[Work]:
    """One consistent snapshot, which cannot write."""
    with application_read_session(None) as session:
        known = _recognized(session, caller)
        yield _work(session, known, writes=False)
    _note_use(known)


def write(writer: Writer, effect: Callable[[Work], Reply]) -> Response:
    """Do something once, in one transaction; the answer leaves after the commit."""
    with application_unit_of_work(None) as session:
        known = _recognized(session, writer.caller)
        work = _work(session, known, writes=True)
        made = effect(work) if writer.key is None else _once(work, writer.key, effect)
    _note_use(known)
    return made.response()


def write_report(
    writer: Writer, period: str, obligation_id: int, right: Right, effect: Callable[[Work, ReportPlace], Reply]
) -> Response:
    """`write` for the report that a path names, if the person may do this to it; its period is shared for writing.

    Who it is and which report are asked in one trip: this is what all of the country does in the last hour of a window.
    """
    with application_unit_of_work(None) as session:
        where = asking(period, obligation_id, today=_today(), to_write=True)
        said, [rows] = access.recognize_and_ask(session, writer.caller.token, clock.real_now(), where)
        known = _known(said, writer.caller)
        work = _work(session, known, writes=True)

        def located(work: Work) -> Reply:
            place = found(rows, period, obligation_id)
            require(work.principal, right, place.unit, what=place.title)
            return effect(work, place)

        made = located(work) if writer.key is None else _once(work, writer.key, located)
    _note_use(known)
    return made.response()


def _once(work: Work, key: Key, effect: Callable[[Work], Reply]) -> Reply:
    begun = idempotency.begin(work.session, work.principal.person_id, key, now=clock.real_now())
    if isinstance(begun, Reply):
        return begun
    made = effect(work)
    idempotency.keep(work.session, begun, made)
    return made


def _recognized(session: Session, caller: Caller) -> Recognized:
    return _known(access.recognize_as_application(session, caller.token, clock.real_now()), caller)


def _known(known: Recognized | None, caller: Caller) -> Recognized:
    if known is None:
        raise Unauthenticated("the token is unknown, has expired or was revoked")
    caller.scope["ranham.person"] = known.principal.person_id
    return known


def _today() -> date:
    """The day that roles and territory are read as of, in Jakarta."""
    return clock.local_date(clock.real_now())


def _work(session: Session, known: Recognized, *, writes: bool) -> Work:
    if known.principal.must_change_password:
        raise PasswordChangeRequired("somebody else chose your password: change it with POST /api/v1/password first")
    check_scopes(known.principal, writes=writes)
    return Work(session, known.principal, clock.now())


def _note_use(known: Recognized) -> None:
    """Apart, once a minute: a request that reads writes nothing, and the next one does not wait for it."""
    if known.use_is_to_be_noted:
        with unit_of_work() as session:
            access.note_use(session, known.principal.token_id, now=clock.real_now())
