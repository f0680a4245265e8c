"""The answer to a write, as it is sent and as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: str | None
    """JSON, or nothing."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        return Response(self.body, self.status, dict(self.headers), None if self.body is None else "application/json")


def reply(document: BaseModel | None, status: int = 200, **headers: str) -> Reply:
    """Headers are written as keywords: `etag='"3"'`."""
    named = {name.replace("_", "-").title().replace("Etag", "ETag"): value for name, value in headers.items()}
    return Reply(status, None if document is None else document.model_dump_json(), named)
