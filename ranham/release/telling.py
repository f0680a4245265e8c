"""The message that a release is published: its number, its figures of the nation, and where to get it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ranham.compliance.rules import percent
from ranham.kernel.clock import JAKARTA, local_date
from ranham.kernel.settings import settings
from ranham.outbox.deliveries import Content, Due, Withdrawn
from ranham.release.content import load, load_header
from ranham.release.in_force import in_force
from ranham.release.suppression import hidden
from ranham.reminder.content.composing import EVERYWHERE, sender
from ranham.reminder.content.rendering import render
from ranham.reminder.content.saying import Reader, say_nothing_of_a_period
from ranham.reminder.content.words import SIMULATED, language_of
from ranham.reminder.planning.statements import REACH

TEMPLATE = "release_published"
_RELEASES = """
SELECT r.id, r.number, r.label, r.regulation, r.version, r.reason, r.state, r.simulated, r.content_hash, b.number AS before,
       n.number AS after
FROM release r LEFT JOIN release b ON b.id = r.supersedes LEFT JOIN release n ON n.id = r.superseded_by
WHERE r.id = ANY(:ids)
"""
RECIPIENTS = f"""
WITH {REACH}
SELECT DISTINCT ON (r.channel, lower(r.address)) r.channel, r.address, r.name, r.language, r.function,
       coalesce(v.name, o.name) AS place
FROM reach r LEFT JOIN verifying_office o ON o.id = r.office_id
LEFT JOIN unit_version v ON v.unit_id = r.unit_id AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
WHERE r.function = ANY(:functions) AND r.channel = 'email' ORDER BY r.channel, lower(r.address), r.preference, r.id
"""
TOLD = ("ministry", "legal_bureau", "regional_office")
"""Functions that are told of a publication (our choice, not a rule): who answers for the figures of a province or of all."""
_FIGURES = """
SELECT f.release_id, f.position, f.scope, f.figure, f.numerator, f.denominator FROM release_figure f
WHERE f.release_id = ANY(:ids) AND f.level = 'national' AND f.target_group IS NULL AND f.action IS NULL
  AND f.figure IN ('participation', 'achievement', 'annual_score') AND f.scope IN ('provinces', 'regencies', 'ministries')
ORDER BY f.release_id, f.position
"""


def recipients(session: Session, *, now: datetime) -> Sequence[Row[Any]]:
    """Everybody who is told, each address once."""
    return session.execute(text(RECIPIENTS), {"functions": list(TOLD), "today": local_date(now)}).all()


def compose_release(session: Session, due: Sequence[Due], now: datetime) -> Mapping[int, Content | Withdrawn]:
    """Of kind `release`; withdrawn where another version took its place before this left: that one is told of itself."""
    offices = {row.address.lower(): row for row in recipients(session, now=now)}
    ids = {each.ref for each in due}
    releases = {row.id: row for row in session.execute(text(_RELEASES), {"ids": list(ids)})}
    out = {id_: _hidden(session, release.number) for id_, release in releases.items()}
    figures: dict[int, list[Row[Any]]] = {}
    for row in session.execute(text(_FIGURES), {"ids": list(ids)}):
        if row.position - 1 not in out[row.release_id]:
            figures.setdefault(row.release_id, []).append(row)
    made: dict[int, Content | Withdrawn] = {}
    for each in due:
        release = releases.get(each.ref)
        if release is None:
            made[each.id] = Withdrawn("there is no such release")
        elif release.after is not None:
            made[each.id] = Withdrawn(f"superseded by {release.after} before it was told")
        elif each.address.lower() not in offices:
            made[each.id] = Withdrawn("the address is no longer one of those that are told of releases")
        else:
            made[each.id] = _content(each, offices[each.address.lower()], release, figures.get(release.id, []))
    return made


def _hidden(session: Session, number: str) -> frozenset[int]:
    """Positions, from 0, of figures that the small-cell rule hides: also a total may give another value away."""
    rule = in_force(session, load_header(session, number).rules)
    if rule is None:
        return frozenset()
    numerators, denominators = hidden(load(session, number), rule)
    return numerators | denominators


def _content(due: Due, office: Row[Any], release: Row[Any], figures: Sequence[Row[Any]]) -> Content:
    language, overrides = language_of(due.language), settings().templates_dir
    reader = Reader(due.name, office.function, due.address, office.place or EVERYWHERE, JAKARTA)
    said = say_nothing_of_a_period(reader, sender(), language=language) | {
        "period": release.label,
        "regulation": release.regulation,
        "simulated": SIMULATED[language] if release.simulated else "",
        "number": release.number,
        "before": release.before or "",
        "reason": release.reason or "",
        "content_hash": release.content_hash,
        "link": f"{settings().public_url.rstrip('/')}/api/v1/releases/{release.regulation}:{release.label}/{release.version}",
        "figures": [
            {"scope": row.scope, "figure": row.figure, "numerator": row.numerator, "denominator": row.denominator,
             "percent": _percent(row.numerator, row.denominator, language)}
            for row in figures
        ],
    }  # fmt: skip
    written = render(TEMPLATE, language, said, overrides=overrides)
    return Content(written.subject, written.text, written.html)


def _percent(numerator: int, denominator: int, language: str) -> str:
    exact = percent(numerator, denominator)
    if exact is None:
        return "-"
    said = f"{exact}%"
    return said.replace(".", ",") if language == "id" else said
