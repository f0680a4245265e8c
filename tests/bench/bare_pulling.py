"""What pulling is measured against: the same bytes from memory, a 304 to whoever has them, and nothing else."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(os.environ["BARE_FOLDER"])
BYTES = {file.name: file.read_bytes() for file in FOLDER.iterdir()}
TAG = '"bare"'
SAID = {"ETag": TAG, "Cache-Control": "private, max-age=31536000, immutable", "Vary": "Authorization, Accept-Encoding"}
"""What a 304 has to say (RFC 9110, 15.4.5)."""


async def pull(request: Request) -> Response:
    if request.headers.get("if-none-match") == TAG:
        return Response(status_code=304, headers=SAID)
    return Response(BYTES[request.path_params["name"]], headers=SAID, media_type="application/json")


app = Starlette(routes=[Route("/{name}", pull)])
