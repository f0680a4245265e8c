"""`python -m ranham.api`: serves the API until interrupted."""

import argparse
import logging
import sys

import uvicorn

from ranham.api.app import create
from ranham.api.logs import logs
from ranham.kernel.database import application_database_url
from ranham.kernel.settings import settings
from ranham.kernel.starting import ended

HOST, PORT = "127.0.0.1", 8000
SHUTDOWN_SECONDS = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ranham.api", description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=PORT)
    chosen = parser.parse_args()
    application_database_url()
    # No line says them, and finding them out takes longer than writing the line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    server = uvicorn.Server(
        uvicorn.Config(
            create(),
            host=chosen.host,
            port=chosen.port,
            log_config=logs(settings().log_format),
            access_log=False,  # ours says who, and never a token
            server_header=False,
            # Else the library believes whoever stands on the same machine, or an environment variable of its own.
            proxy_headers=bool(settings().trusted_proxies),
            forwarded_allow_ips=settings().trusted_proxies or "",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(ended(main))
