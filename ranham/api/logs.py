"""Where the log goes: to standard error, one line each; lines of the access log are JSON, all of them where that is set."""

from typing import Any

PLAIN = {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}


def logs(format_: str) -> dict[str, Any]:
    """Lines of the access log are documents of their own and stay as they are."""
    plain: dict[str, Any] = {"()": "ranham.kernel.logs.JsonLines"} if format_ == "json" else PLAIN
    return LOGS | {"formatters": LOGS["formatters"] | {"plain": plain}}


LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": PLAIN,
        "bare": {"format": "%(message)s"},
    },
    "handlers": {
        "plain": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"},
        "bare": {"class": "logging.StreamHandler", "formatter": "bare", "stream": "ext://sys.stderr"},
    },
    "loggers": {
        "uvicorn": {"handlers": ["plain"], "level": "INFO", "propagate": False},
        "ranham.api": {"handlers": ["plain"], "level": "INFO", "propagate": False},
        "ranham.api.access": {"handlers": ["bare"], "level": "INFO", "propagate": False},
    },
}
