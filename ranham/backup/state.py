"""What a database says about itself, in one snapshot: figures, audit chain, rows."""

import hashlib
import json
from dataclasses import asdict

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.audit import queries as audit
from ranham.backup.manifest import State
from ranham.compliance.queries import figures, figures_by_action
from ranham.kernel.errors import Conflict
from ranham.plan.queries import list_periods

TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY 1
"""


def tables(session: Session) -> list[str]:
    return list(session.scalars(text(TABLES)))


def describe(session: Session) -> State:
    """Refused where the audit chain is broken: nothing that follows from it could be proved."""
    chain = audit.verify(session)
    if chain.broken_at is not None:
        raise Conflict(f"the audit chain is broken at event {chain.broken_at}: {chain.reason}")
    digest, count = _figures(session)
    rows = {name: int(session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0) for name in tables(session)}
    revision = str(session.scalar(text("SELECT version_num FROM alembic_version")))
    return State(revision, digest, count, chain.events, chain.head_hash, rows)


def _figures(session: Session) -> tuple[str, int]:
    counted = set(session.scalars(text("SELECT period_id FROM rollup")))
    digest, count = hashlib.sha256(), 0
    for period in sorted(list_periods(session), key=lambda each: each.id):
        if period.id not in counted:
            continue
        found = [*figures(session, period), *figures(session, period, by_target_group=True)]
        found += figures_by_action(session, period)
        lines = sorted(json.dumps(asdict(row), default=str, sort_keys=True) for row in found)
        count += len(lines)
        digest.update("\n".join((str(period.id), *lines, "")).encode())
    return digest.hexdigest(), count
