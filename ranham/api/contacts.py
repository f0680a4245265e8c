"""Contacts by their links, without signing in: the link is the proof, and it does one thing."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import HTMLResponse, Response

from ranham.api.pages import HTML
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.contact import ContactForm, ContactOut, CorrectedOut, CorrectionIn, LinkPath
from ranham.api.tries import count_try
from ranham.kernel import clock
from ranham.kernel.database import read_session, unit_of_work
from ranham.reminder.links import service
from ranham.reminder.links.page import contact_page, possible
from ranham.reminder.links.queries import LinkedContact, find_link

router = APIRouter(tags=["contacts"], prefix="/contacts/{link}")
PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {HTML: {"schema": {"type": "string"}, "example": "<!DOCTYPE html><title>Kontak RANHAM</title>"}},
    }
}
THE_PAGE: dict[int | str, dict[str, Any]] = {200: {"description": "The page.", **PAGE[200]}}


def in_words(said: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Refusals that a browser gets as a page."""
    return {status: {**each, "content": each["content"] | PAGE[200]["content"]} for status, each in said.items()}


FOUND = answers(ContactOut)
FOUND[200] |= PAGE[200]
NOBODY = (401, 403)
"""Refusals of signing in: here nobody does."""
Accept = Annotated[str | None, Header(description="With text/html a page for people.", examples=["application/json"])]


@router.get("", operation_id="get_contact", responses=FOUND | in_words(refusals(429, but=NOBODY)))
def contact(link: LinkPath, request: Request, accept: Accept = None) -> Response:
    """What is stored of whoever received the link, and what the link does; as JSON, or as a page in a browser."""
    count_try(client=client_of(request))
    with read_session() as session:
        linked = find_link(session, link, now=clock.real_now())
        if HTML in (accept or ""):
            return Response(contact_page(linked), media_type=HTML)
        return reply(_contact(linked)).response()


@router.post(
    "/confirmation", operation_id="confirm_contact", responses=answers(ContactOut) | refusals(409, 429, but=NOBODY)
)
def confirm(link: LinkPath, request: Request) -> Response:
    """The address is right."""
    count_try(client=client_of(request))
    with unit_of_work() as session:
        linked = service.confirm(session, link, now=clock.real_now())
    return reply(_contact(linked)).response()


@router.post(
    "/correction", operation_id="correct_contact", responses=answers(CorrectedOut) | refusals(409, 429, but=NOBODY)
)
def correct(link: LinkPath, body: CorrectionIn, request: Request) -> Response:
    """Another address, once whoever reads there has confirmed it; until then the old one is used, and is told."""
    count_try(client=client_of(request))
    with unit_of_work() as session:
        service.correct(session, link, service.Correction(body.address, body.name), now=clock.real_now())
    return reply(CorrectedOut(address=body.address.strip(), confirmed=False)).response()


@router.post(
    "/unsubscription",
    operation_id="unsubscribe_contact",
    responses=answers(ContactOut) | refusals(409, 429, but=NOBODY),
)
def unsubscribe(link: LinkPath, request: Request) -> Response:
    """End copies; mail programs do this in one click (RFC 8058). Refused for the address of an office's duty."""
    count_try(client=client_of(request))
    with unit_of_work() as session:
        linked = service.unsubscribe(session, link, now=clock.real_now())
    return reply(_contact(linked)).response()


@router.post(
    "",
    operation_id="use_contact_page",
    response_class=HTMLResponse,
    responses=THE_PAGE | in_words(refusals(409, 429, but=NOBODY)),
)
def from_page(link: LinkPath, form: Annotated[ContactForm, Form()], request: Request) -> Response:
    """The form of the page, which answers with the page."""
    count_try(client=client_of(request))
    now = clock.real_now()
    with unit_of_work() as session:
        match form.action:
            case "confirm":
                service.confirm(session, link, now=now)
            case "unsubscribe":
                service.unsubscribe(session, link, now=now)
            case "correct":
                correction = service.Correction(form.address.strip(), form.name.strip() or None)
                service.correct(session, link, correction, now=now)
        page = contact_page(find_link(session, link, now=now))
    return HTMLResponse(page)


def client_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _contact(linked: LinkedContact) -> ContactOut:
    return ContactOut(
        name=linked.name, function=linked.function, place=linked.place, unit_code=linked.unit_code,
        channel=linked.channel, address=linked.address, language=linked.language, courtesy=linked.courtesy,
        confirmed_at=linked.confirmed_at, unsubscribed_at=linked.unsubscribed_at, ended_on=linked.ended_on,
        outcome=linked.outcome, expires_at=linked.expires_at, possible=possible(linked),
        account=linked.contact_id is None,
    )  # fmt: skip
