"""Versions as entity tags (RFC 9110): what a writer saw, compared with what is there."""

import hashlib
import re
from datetime import datetime

from sqlalchemy.orm import Session

from ranham.api.kinds import PreconditionMissing
from ranham.kernel.errors import BadInput, Finding
from ranham.plan.queries import get_period
from ranham.submission.models import Report
from ranham.submission.queries import ReportView, report_view
from ranham.submission.reports import StaleVersion

_ONE = re.compile(r'"([0-9]{1,18})(?:\.[0-9a-f]{12})?"')


def answer_tag(version: int) -> str:
    return f'"{version}"'


def report_tag(view: ReportView) -> str:
    """Of the state of the report, and of its draft: who is asked, what is written, which evidence lies beside it.

    The draft is hashed short, as that guards against overwriting by accident, not against ill will.
    """
    said = [(each.number, each.opd, each.draft_version, each.draft_evidence_ids) for each in view.answers]
    # What nobody has touched has no row; its first version is 1.
    return f'"{max(view.row.version, 1)}.{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"'


class StaleDraft(StaleVersion):
    """The state is as it was, but somebody wrote into the draft."""

    def __init__(self, version: int) -> None:
        super().__init__(version, version)
        self.args = ("somebody wrote into the draft in the meantime; read the report again and repeat",)


def refuse_changed_draft(session: Session, report: Report, if_match: str, *, now: datetime) -> None:
    """Of a report that is locked."""
    view = report_view(session, get_period(session, report.period_id), report.obligation_id, now=now)
    if "." in if_match and if_match.strip() != report_tag(view):
        raise StaleDraft(report.version)


def seen_answer(if_match: str | None, if_none_match: str | None) -> int | None:
    """The version of the answer that a writer saw; None: they saw that there is none.

    `If-Match: *` would let a writer overwrite what they have never seen, so it does not count as a condition.
    """
    if if_match is not None and if_match.strip() != "*":
        return seen_version(if_match)
    if if_match is None and (if_none_match or "").strip() == "*":
        return None
    raise PreconditionMissing(
        'write If-Match with the etag of the answer as you saw it, such as "3", or If-None-Match: * for the first answer'
    )


def seen_version(if_match: str) -> int:
    """The version at the beginning of an entity tag."""
    found = _ONE.fullmatch(if_match.strip())
    if found is None:
        raise BadInput([Finding("/header/if-match", repr(if_match[:80]), "one etag as it was given, with its quotes")])
    return int(found[1])
