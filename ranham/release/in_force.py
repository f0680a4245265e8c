"""The small-cell rule that holds, as far as the plans know what it names: whatever writes or serves figures asks here."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.release.rules import refuse_unknown_groups
from ranham.release.suppression import Policy, policy_asked, policy_of


def groups_known(session: Session) -> frozenset[str]:
    """Target groups of all plans that are loaded."""
    return frozenset(session.scalars(text("SELECT DISTINCT code FROM target_group")))


def asked(session: Session) -> Policy | None:
    """The rule that is set. `BadInput` where no plan has a group that it names: it would hide nothing."""
    configured = settings().small_cells
    if configured is not None:
        refuse_unknown_groups(configured, groups_known(session))
    return policy_asked(configured)


def in_force(session: Session, rules: Mapping[str, Any]) -> Policy | None:
    """The rule that a release records, else the one that is set, as `asked` gives it."""
    return policy_of(rules) or asked(session)
