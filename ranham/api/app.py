"""The application: its resources under /api/v1, one boundary around them, one document that describes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from anyio import to_thread
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from ranham.api import (
    answers,
    calendars,
    contacts,
    deliveries,
    evidence,
    excuses,
    extensions,
    health,
    metrics,
    problems,
    release_documents,
    release_files,
    release_list,
    releases,
    reminders,
    reports,
    sending,
    sign_in,
    status,
    uploading,
    verification,
    webhooks,
)
from ranham.api.boundary import Boundary
from ranham.api.description import describe
from ranham.api.standing import Standing
from ranham.kernel.settings import settings
from ranham.kernel.tables import metadata

PREFIX = "/api/v1"
ROUTERS = tuple(
    room.router
    for room in (
        sending,  # first, as paths are tried in turn: this is what all of the country asks in the last hour of a window
        sign_in,
        reports,
        answers,
        uploading,
        evidence,
        extensions,
        excuses,
        verification,
        contacts,
        calendars,
        deliveries,
        reminders,
        status,
        release_list,
        releases,
        release_files,
        release_documents,
        webhooks,
    )
)


def create() -> ASGIApp:
    return Boundary(Standing(build()))


def build() -> FastAPI:
    metadata()  # every room's tables, as foreign keys go from one to the other
    # No pages of the framework: they would load scripts from elsewhere.
    # No redirects either: one to the address with or without a slash would name whatever host the request names.
    app = FastAPI(
        openapi_url=f"{PREFIX}/openapi.json", docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=_lifespan
    )
    resources = APIRouter(prefix=PREFIX)
    for router in ROUTERS:
        resources.include_router(router)
    app.include_router(resources)
    app.include_router(health.router)
    app.include_router(metrics.router)
    problems.register(app)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    # As many as there are connections: nobody waits for one while holding a thread that another needs.
    to_thread.current_default_thread_limiter().total_tokens = settings().connections
    yield
