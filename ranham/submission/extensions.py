"""Extensions of a window: asked for with a reason, decided by somebody else, with a cap; for a unit or for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.clock import in_wib
from ranham.kernel.errors import Conflict, NotFound
from ranham.plan.queries import PeriodInfo
from ranham.submission.locks import have_period_alone
from ranham.submission.models import Extension


@dataclass(frozen=True, slots=True)
class ExtensionOutcome:
    extension_id: int
    approved: bool
    reports_now_extended: int
    """Reports that came late and are in time within the extension now; each is a new revision of the same content."""


_NEXT = """
WITH late AS (
    SELECT s.* FROM submission s
    WHERE s.period_id = :period AND s.is_current AND s.timeliness = 'late'
      AND coalesce(s.judged_at, s.submitted_at) < :until
      AND (cast(:unit AS bigint) IS NULL OR s.unit_id = :unit)
), retired AS (
    UPDATE submission s SET is_current = false FROM late WHERE s.id = late.id RETURNING s.id
)
SELECT coalesce(array_agg(id), '{}') FROM retired
"""
_AGAIN = """
WITH made AS (
    INSERT INTO submission (obligation_id, unit_id, action_id, period_id, revision, is_current, submitted_at,
        submitted_offset_minutes, received_at, channel, author, batch_id, digest, timeliness, complete, achieved,
        not_applicable, simulated, judged_at, replaced_timeliness, replaced_complete, replaced_achieved)
    SELECT obligation_id, unit_id, action_id, period_id, revision + 1, true, submitted_at, submitted_offset_minutes,
        :now, 'extension', :by, batch_id, digest, 'extended', complete, achieved, not_applicable, simulated,
        judged_at, timeliness, complete, achieved
    FROM submission WHERE id = ANY(:ids) ORDER BY id
    RETURNING id, obligation_id
)
SELECT made.id AS new, old.id AS old FROM made JOIN submission old ON old.id = ANY(:ids)
     AND old.obligation_id = made.obligation_id
"""
_COPY_ANSWERS = """
INSERT INTO measure_answer (submission_id, measure_id, answer, value, note, evidence)
SELECT pair.new, a.measure_id, a.answer, a.value, a.note, a.evidence
FROM unnest(cast(:old AS bigint[]), cast(:new AS bigint[])) AS pair(old, new)
JOIN measure_answer a ON a.submission_id = pair.old
"""
_COPY_EVIDENCE = """
INSERT INTO answer_evidence (submission_id, measure_id, evidence_id)
SELECT pair.new, e.measure_id, e.evidence_id
FROM unnest(cast(:old AS bigint[]), cast(:new AS bigint[])) AS pair(old, new)
JOIN answer_evidence e ON e.submission_id = pair.old
"""


def request(  # noqa: PLR0913 - all that a request says
    session: Session,
    period: PeriodInfo,
    *,
    unit_id: int | None,
    until: datetime,
    reason: str,
    by: str,
    now: datetime,
    cap: timedelta,
) -> Extension:
    """Ask for more time; without a unit for everybody (amnesty: the service itself was down).

    `until` is the first instant that is late again; at most `cap` after the window (configuration, unverified).
    """
    ends_at = period.ends_at()
    if ends_at is None:
        raise Conflict(f"{period.label} has no announced window that could be extended")
    if not reason.strip():
        raise Conflict("an extension needs a reason")
    if not ends_at < until <= ends_at + cap:
        latest = (ends_at + cap).isoformat()
        raise Conflict(f"an extension of {period.label} ends after {ends_at.isoformat()} and at the latest {latest}")
    _refuse_closed(session, period.id)
    made = Extension(
        period_id=period.id, unit_id=unit_id, until=until, reason=reason.strip(), requested_by=by, requested_at=now
    )
    session.add(made)
    session.flush()
    return made


def decide(  # noqa: PLR0913 - all that a decision says
    session: Session, extension_id: int, *, approve: bool, by: str, now: datetime, remark: str | None = None
) -> ExtensionOutcome:
    """Approve or decline, once; deciding the same again changes nothing.

    Reports that already came late within the new time are written on as revisions that are in time within the
    extension: what was sent is never rewritten, and the count follows. A report that was returned and came again counts
    by the moment that it kept, so it is covered whatever was decided first.
    """
    extension = session.get(Extension, extension_id, with_for_update=True)
    if extension is None:
        raise NotFound(f"no extension with id {extension_id}")
    if extension.requested_by == by:
        raise Conflict("who asks for an extension cannot decide on it")
    if extension.approved is not None:
        if extension.approved is not approve:
            done = "approved" if extension.approved else "declined"
            raise Conflict(f"it was {done} by {extension.decided_by} at {extension.decided_at}; ask for a new one")
        return ExtensionOutcome(extension.id, extension.approved, 0)
    # Alone: a report that is being sent at this moment would know nothing of the extension, nor it of the report.
    have_period_alone(session, extension.period_id)
    _refuse_closed(session, extension.period_id)
    extension.approved, extension.decided_by, extension.decided_at, extension.remark = approve, by, now, remark
    session.flush()
    return ExtensionOutcome(extension.id, approve, _write_on(session, extension, by=by, now=now) if approve else 0)


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    id: int
    period: str
    unit_code: str | None
    """None: everybody (amnesty)."""
    unit_name: str
    until: datetime
    reason: str
    requested_by: str
    requested_at: datetime
    decision: str
    """open, approved or declined."""
    decided_by: str | None
    decided_at: datetime | None
    remark: str | None


_ROWS = """
SELECT e.id, :label AS period, v.code AS unit_code,
       CASE WHEN e.unit_id IS NULL THEN 'everybody' ELSE coalesce(v.name, '?') END AS unit_name, e.until, e.reason,
       e.requested_by, e.requested_at,
       CASE e.approved WHEN true THEN 'approved' WHEN false THEN 'declined' ELSE 'open' END AS decision,
       e.decided_by, e.decided_at, e.remark
FROM extension e LEFT JOIN unit_version v ON v.unit_id = e.unit_id AND v.valid_from <= :day
     AND (v.valid_to IS NULL OR v.valid_to > :day)
WHERE e.period_id = :period AND e.id > :after
  AND (e.unit_id IS NULL OR cast(:units AS bigint[]) IS NULL OR e.unit_id = ANY(:units)) ORDER BY e.id LIMIT :limit
"""


def rows(
    session: Session, period: PeriodInfo, *, units: Sequence[int] | None = None, after: int = 0, limit: int = 100
) -> list[ExtensionRow]:
    """Requests and decisions of a period, oldest first; of some units and for everybody, or (None) of all."""
    key: dict[str, Any] = {
        "label": period.label,
        "day": period.code_day(),
        "period": period.id,
        "after": after,
        "limit": limit,
    }
    key["units"] = None if units is None else list(units)
    return [ExtensionRow(**row) for row in session.execute(text(_ROWS), key).mappings()]


def _write_on(session: Session, extension: Extension, *, by: str, now: datetime) -> int:
    key = {"period": extension.period_id, "unit": extension.unit_id, "until": extension.until}
    ids = session.scalar(text(_NEXT), key)
    if not ids:
        return 0
    pairs = session.execute(text(_AGAIN), {"ids": ids, "now": now, "by": by}).all()
    copied = {"old": [pair.old for pair in pairs], "new": [pair.new for pair in pairs]}
    session.execute(text(_COPY_ANSWERS), copied)
    session.execute(text(_COPY_EVIDENCE), copied)
    return len(pairs)


def _refuse_closed(session: Session, period_id: int) -> None:
    closed_at = session.scalar(text("SELECT closed_at FROM period_state WHERE period_id = :id"), {"id": period_id})
    if closed_at is not None:
        raise Conflict(f"the period was closed at {in_wib(closed_at)}; its figures are final")
