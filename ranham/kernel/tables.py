"""Names of the modules that hold tables, for migrations: the kernel knows them by name only."""

from importlib import import_module

from sqlalchemy import MetaData

from ranham.kernel.model import Model

ROOMS = (
    "audit",
    "outbox",
    "territory",
    "access",
    "plan",
    "obligation",
    "submission",
    "verification",
    "reminder",
    "reminder.links",
    "compliance",
    "release",
    "release.webhooks",
    "cycle",
    "api",
)


def metadata() -> MetaData:
    for room in ROOMS:
        import_module(f"ranham.{room}.models")
    return Model.metadata
