"""What a verifier does not see while somebody may still read the same report a second time."""

from collections.abc import Collection
from typing import TypeVar

from ranham.access.models import Role
from ranham.api.schemas.report import ReportOut, ReportRowOut
from ranham.api.work import Work
from ranham.submission.states import Event
from ranham.verification.queries import blind

Row = TypeVar("Row", bound=ReportRowOut)
FOUND = frozenset({Event.VERIFY, Event.RETURN})


def blind_to(work: Work, period_id: int, obligations: Collection[int]) -> frozenset[int]:
    """Those whose first reading is hidden from the person: never from the unit's own side, never from who read first."""
    if not work.principal.has(Role.VERIFIER):
        return frozenset()
    own = [held.unit_id for held in work.principal.roles if held.unit_id is not None]
    return blind(work.session, period_id, obligations, reader=work.principal.actor, but_units=own)


def hide_score(row: Row) -> Row:
    return row.model_copy(update={"score_bp": None})


def hide_findings(report: ReportOut) -> ReportOut:
    """Score and words of the first reading; that it came to an end can be seen from the state."""
    events = [
        each.model_copy(update={"reason_code": None, "remark": None}) if each.event in FOUND else each
        for each in report.events
    ]
    return hide_score(report).model_copy(update={"events": events})
