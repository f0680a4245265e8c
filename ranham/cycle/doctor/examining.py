"""Runs the checks side by side: what one of them breaks or keeps waiting, the others do not notice."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from psycopg import OperationalError
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import OperationalError as DatabaseUnreachable
from sqlalchemy.exc import ProgrammingError

from ranham.cycle.doctor import cycle, database, files, prefect, releases, sending
from ranham.cycle.doctor.commands import with_secrets
from ranham.cycle.doctor.verdicts import Verdict, failed
from ranham.kernel import clock
from ranham.kernel.database import application_engine, engine
from ranham.kernel.errors import RanhamError

Check = Callable[[], Sequence[Verdict]]

CHECKS: Mapping[str, tuple[Check, str]] = {
    "database": (database.server, "start the server, and look at RANHAM_DATABASE_URL"),
    "schema": (database.schema, "ranham db upgrade"),
    "application role": (database.application_role, "look at RANHAM_APP_DATABASE_URL (docs/operations.md)"),
    "clock": (database.clocks, "set the clocks of both machines by NTP"),
    "time zones": (database.time_zones, "install the time zone data of the system (on Debian: tzdata)"),
    "data directory": (files.data_directory, "look at RANHAM_DATA_DIR, and who owns it"),
    "evidence store": (files.evidence_store, "look at RANHAM_EVIDENCE_URL (docs/evidence.md)"),
    "secrets": (files.secrets, "chmod 600 FILE"),
    "signing key": (files.signing_key, "look at RANHAM_SIGNING_KEY_FILE (docs/releases.md)"),
    "small cells": (releases.small_cells, "look at RANHAM_SMALL_CELLS (docs/release-formats.md)"),
    "e-mail": (sending.servers, "look at RANHAM_SMTP_... (docs/delivery.md)"),
    "gateways": (sending.gateways, "look at RANHAM_GATEWAYS_FILE (docs/delivery.md)"),
    "webhooks": (sending.webhooks, "look at RANHAM_WEBHOOK_... (docs/webhooks.md)"),
    "prefect": (prefect.server, "start it (make serve), or set PREFECT_API_URL"),
    "deployments": (prefect.deployments, prefect.DEPLOY),
    "worker": (prefect.worker, prefect.START),
    "slots": (prefect.slots, "start Prefect's server (make serve), or set PREFECT_API_URL"),
    "automations": (prefect.automations, prefect.APPLY),
    "late steps": (cycle.late_steps, "ranham status --late"),
    "leases": (cycle.leases, "ranham status"),
    "deliveries": (cycle.deliveries, "ranham outbox list"),
    "plan": (cycle.plan, "ranham plan load FILE"),
}
"""By name: the check, and what to do where it cannot even be made."""
SEE_DATABASE, SEE_SCHEMA = "see database", "see schema"
THROUGH_DATABASE = frozenset(
    {
        "schema",
        "application role",
        "clock",
        "time zones",
        "small cells",
        "webhooks",
        "late steps",
        "leases",
        "deliveries",
        "plan",
    }
)
"""Those that ask the database, and so fail with it."""
OF_ITSELF = frozenset({"database", "schema", "application role"})
"""Those for which what the database refuses may be their own matter: an address, a migration."""


def examine(seconds: float, checks: Mapping[str, tuple[Check, str]] = CHECKS) -> list[Verdict]:
    """Every check's verdicts, in order; one that takes longer than these seconds has failed and is left behind."""
    checks = {name: (check, with_secrets(mend)) for name, (check, mend) in checks.items()}
    found: dict[str, Sequence[Verdict]] = {}
    broken: set[str] = set()

    def make(name: str, check: Check, mend: str) -> None:
        try:
            found[name] = check()
        except RanhamError as refused:
            found[name] = [failed(name, str(refused).splitlines()[0], mend)]
        except Exception as error:  # noqa: BLE001 - a door: a check that breaks is a finding
            words = f"{type(error).__name__}: {error}".splitlines()[0]
            broken.add(name)
            found[name] = [failed(name, words, mend if name in OF_ITSELF else _elsewhere(error) or mend)]

    # Made once, before the checks ask for them from many threads; what is wrong with them the checks will say.
    opening = threading.Thread(target=_open, daemon=True)
    deadline = clock.stopwatch() + seconds
    opening.start()
    opening.join(seconds / 2)
    # Daemons: a check that hangs holds up neither the answer nor the end of the process.
    running = {
        name: threading.Thread(target=make, args=(name, check, mend), daemon=True)
        for name, (check, mend) in checks.items()
    }
    for thread in running.values():
        thread.start()
    for thread in running.values():
        thread.join(max(deadline - clock.stopwatch(), 0))
    late = {name: [failed(name, f"no answer within {seconds:g} seconds", mend)] for name, (_, mend) in checks.items()}
    made = {name: found.get(name) or late[name] for name in checks}
    broken |= {name for name in made if made[name] is late[name]}
    if "database" in broken:  # one thing is wrong, and is mended in one place
        for name in broken & THROUGH_DATABASE:
            made[name] = [replace(verdict, mend=SEE_DATABASE) for verdict in made[name]]
    return [verdict for verdicts in made.values() for verdict in verdicts]


def _elsewhere(error: Exception) -> str | None:
    """Which other check says how to mend what broke this one, if it was the database."""
    if isinstance(error, OperationalError | DatabaseUnreachable):
        return SEE_DATABASE
    if isinstance(error, ProgrammingError) and isinstance(error.orig, UndefinedTable | UndefinedColumn):
        return SEE_SCHEMA
    return None


def _open() -> None:
    for make in (engine, application_engine):
        with suppress(Exception):
            make()
