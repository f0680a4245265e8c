"""What documents are made of: a release as the public may see it, and those of the other periods of its year."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.release.content import Header, ReleaseContent, load
from ranham.release.in_force import in_force
from ranham.release.suppression import public

_COMPANIONS = """
SELECT r.number FROM release r JOIN plan_year y ON y.id = r.plan_year_id
WHERE r.regulation = :regulation AND y.year = :year AND r.kind = 'period' AND r.state = 'published' AND r.label <> :label
ORDER BY r.label
"""


def load_public(session: Session, number: str) -> ReleaseContent:
    """Without what the small-cell rule hides."""
    content = load(session, number)
    return public(content, in_force(session, content.header.rules))


def companions(session: Session, header: Header) -> list[ReleaseContent]:
    """Published releases of the other periods: a document shows the course of the year by them."""
    scope = {"regulation": header.regulation, "year": header.year, "label": header.label}
    return [load_public(session, number) for number in session.scalars(text(_COMPANIONS), scope)]
