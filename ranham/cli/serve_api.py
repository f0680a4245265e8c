"""`ranham serve-api`: the API, in a process of its own."""

import subprocess
import sys
from typing import Annotated

import typer


def serve_api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Serve the API until interrupted. Example: `ranham serve-api --port 8000`"""
    try:
        served = subprocess.run(
            [sys.executable, "-m", "ranham.api", "--host", host, "--port", str(port)], check=False
        ).returncode
    except KeyboardInterrupt:  # the API has heard it too, and ended in order
        return
    raise typer.Exit(served)
