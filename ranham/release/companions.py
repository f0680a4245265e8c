"""Published releases of the other periods of a release's year: a document shows the course of the year by them."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.release.content import Header, ReleaseContent, load

_COMPANIONS = """
SELECT r.number FROM release r JOIN plan_year y ON y.id = r.plan_year_id
WHERE r.regulation = :regulation AND y.year = :year AND r.kind = 'period' AND r.state = 'published' AND r.label <> :label
ORDER BY r.label
"""


def companions(session: Session, header: Header) -> list[ReleaseContent]:
    scope = {"regulation": header.regulation, "year": header.year, "label": header.label}
    return [load(session, number) for number in session.scalars(text(_COMPANIONS), scope)]
