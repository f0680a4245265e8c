"""What documents are made of: a release as the public may see it, and those of the other periods of its year."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.settings import settings
from ranham.release import kept
from ranham.release.content import Header, ReleaseContent, load
from ranham.release.in_force import in_force
from ranham.release.suppression import policy_in_force, public

_COMPANIONS = """
SELECT DISTINCT ON (r.label) r.number, r.label, r.content_hash, r.rules
FROM release o JOIN plan_year y ON y.id = o.plan_year_id
JOIN release r ON r.regulation = o.regulation AND r.kind = 'period' AND r.label <> o.label
     AND r.state IN ('published', 'superseded')
JOIN plan_year z ON z.id = r.plan_year_id AND z.year = y.year
LEFT JOIN release n ON n.id = r.superseded_by
WHERE o.number = :number
      AND (n.id IS NULL OR n.published_at > CASE o.kind WHEN 'year' THEN o.made_at ELSE 'infinity' END)
ORDER BY r.label, r.version
"""


class Companion(NamedTuple):
    number: str
    label: str
    content_hash: str
    rules: Mapping[str, Any]


def load_public(session: Session, number: str) -> ReleaseContent:
    """Without what the small-cell rule hides."""
    content = load(session, number)
    return public(content, in_force(session, content.header.rules))


def companions_of(session: Session, number: str) -> Sequence[Companion]:
    """Releases of the other periods, one of each, in their order: of a year those that were published when it was made,
    or first afterwards, so that a later amendment changes none of its documents; else those that are published.
    """
    return [Companion(*row) for row in session.execute(text(_COMPANIONS), {"number": number})]


def companions(session: Session, header: Header) -> list[ReleaseContent]:
    """A document shows the course of the year by them."""
    return [load_public(session, each.number) for each in companions_of(session, header.number)]


def documents_tag(content_hash: str, rules: Mapping[str, Any], beside: Sequence[Companion]) -> str:
    """Of the documents of a release with these companions: what is hidden in any of them."""
    configured = settings().small_cells
    return kept.documents_tag(
        kept.tag(content_hash, policy_in_force(rules, configured)),
        [kept.tag(each.content_hash, policy_in_force(each.rules, configured)) for each in beside],
    )
