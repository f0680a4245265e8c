"""One figure over the periods of a year."""

from collections.abc import Sequence
from typing import Any

from ranham.release.content import Figure, ReleaseContent, UnitRow
from ranham.release.documents.indonesian import decimal, percent, ratio
from ranham.release.documents.selection import Selection

TRENDS = ("participation", "completeness", "on_time", "achievement")
PERIODS = ("B04", "B08", "B12")


def of_year(content: ReleaseContent, periods: Sequence[ReleaseContent]) -> list[tuple[str, Selection | None]]:
    """The periods of the release's year in order, the release itself among them; None: no release is at hand.

    Periods of another regulation or year are not compared: other people owed other things then.
    """
    header = content.header
    at_hand = {
        each.header.label.rpartition("-")[2]: Selection(each)
        for each in (*periods, content)
        if each.header.kind == "period"
        and each.header.regulation == header.regulation
        and each.header.year == header.year
    }
    names = [*PERIODS, *sorted(set(at_hand) - set(PERIODS))] if set(at_hand) <= set(PERIODS) else sorted(at_hand)
    return [(name, at_hand.get(name)) for name in names]


def national_trend(found: list[tuple[str, Selection | None]], scope: str, figure: str) -> list[dict[str, Any]]:
    return [point(name, chosen.national(figure, scope) if chosen else None) for name, chosen in found]


def unit_trend(
    found: list[tuple[str, Selection | None]], unit: UnitRow, figure: str, scope: str
) -> list[dict[str, Any]]:
    points = []
    for name, chosen in found:
        there = chosen.same(unit) if chosen else None
        points.append(point(name, chosen.unit(there, figure, scope) if chosen and there else None))
    return points


def point(name: str, figure: Figure | None) -> dict[str, Any]:
    share = figure.percent if figure else None
    return {
        "period": name,
        "ratio": ratio(figure),
        "percent": percent(figure),
        "bar": decimal(share).replace(",", ".") if share is not None else None,
    }
