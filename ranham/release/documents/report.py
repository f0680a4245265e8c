"""The annual report to the President: everything that a release says, on paper."""

from collections.abc import Sequence
from typing import Any

from ranham.release.content import ReleaseContent
from ranham.release.documents import colours, tables
from ranham.release.documents.indonesian import SCOPES, figure_name, span
from ranham.release.documents.marks import marks
from ranham.release.documents.scores import scores_of
from ranham.release.documents.selection import Selection
from ranham.release.documents.service_page import service_pages
from ranham.release.documents.summary import summary
from ranham.release.documents.tiles import tiles
from ranham.release.documents.trend import TRENDS, national_trend, of_year
from ranham.release.documents.typesetting import typeset
from ranham.release.service_report import ServiceReport


def annual_report(
    content: ReleaseContent, *, periods: Sequence[ReleaseContent] = (), service: Sequence[ServiceReport] = ()
) -> bytes:
    """A PDF. `periods` are releases of the year's periods for the trend, `service` how well each cycle was served.

    The same arguments give the same bytes.
    """
    return typeset("report.typ", _data(content, periods, service), made_at=content.header.made_at)


def _data(
    content: ReleaseContent, periods: Sequence[ReleaseContent], service: Sequence[ServiceReport]
) -> dict[str, Any]:
    """A year's release has the annual scores only: its other figures are those of the last period that is at hand."""
    released = Selection(content)
    course = of_year(content, periods)
    at_hand = [each for _, each in course if each]
    chosen = at_hand[-1] if content.header.kind == "year" and at_hand else released
    scores = scores_of(released)
    used = [released, *(each for each in at_hand if each.header.number != content.header.number)]
    return {
        "marks": marks(content.header)
        | {"simulated": any(each.header.simulated for each in used) or any(each.simulated for each in service)},
        "yearly": content.header.kind == "year",
        "figures_of": {"number": chosen.header.number, "span": span(chosen.header)},
        "used": [{"number": each.header.number, "hash": each.header.content_hash} for each in used],
        "score_name": scores.name,
        "summary": summary(chosen, scores, course),
        "scopes": list(SCOPES.values()),
        "national": tables.national(chosen, scores),
        "provinces": tables.provinces(chosen, scores),
        "own_tiles": tiles(chosen, lambda unit: chosen.unit(unit, "achievement")),
        "below_tiles": tiles(chosen, lambda unit: chosen.unit(unit, "achievement", "regencies")),
        "bars": tables.bars(chosen),
        "groups": tables.by_part(chosen, "group"),
        "actions": tables.by_part(chosen, "action"),
        "trend": [
            {
                "figure": figure_name(name),
                "scopes": [
                    {"scope": shown, "points": national_trend(course, scope, name)} for scope, shown in SCOPES.items()
                ],
            }
            for name in TRENDS
        ],
        "compared": [{"period": name, "number": each.header.number if each else None} for name, each in course],
        "red": colours.red(chosen),
        "green": colours.green(chosen, scores),
        "service": service_pages(service),
        "regencies": tables.regencies(chosen, scores),
    }
