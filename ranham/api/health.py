"""Whether the process lives, and whether it can work."""

from fastapi import APIRouter
from pydantic import ConfigDict
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from ranham.api.kinds import NotReady
from ranham.api.reply import reply
from ranham.api.responses import answers, refusals
from ranham.api.schemas.fields import Outbound
from ranham.kernel import migrations
from ranham.kernel.database import application_read_session, read_session
from ranham.kernel.errors import RanhamError

router = APIRouter(tags=["health"], prefix="/health")


class HealthOut(Outbound):
    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: str


@router.get("/live", operation_id="get_liveness", responses=answers(HealthOut) | refusals(but=(401, 403, 404)))
async def live() -> Response:
    """The process answers. Asks nothing else, so that a slow database restarts nobody."""
    return reply(HealthOut(status="ok")).response()


@router.get("/ready", operation_id="get_readiness", responses=answers(HealthOut) | refusals(but=(401, 403, 404)))
def ready() -> Response:
    """The database answers, as its owner and as the application, and has the newest schema."""
    try:
        with read_session() as session:
            found = session.scalar(text("SELECT version_num FROM alembic_version"))
        with application_read_session(None) as session:
            session.execute(text("SELECT 1"))
    except (DBAPIError, RanhamError):
        found = None
    if found != migrations.newest():
        raise NotReady("the database does not answer, or does not have the newest schema: ranham db upgrade")
    return reply(HealthOut(status="ok")).response()
