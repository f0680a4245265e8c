"""One page for one province: its own actions, its regencies ranked, who is missing, the year so far."""

from collections.abc import Sequence
from typing import Any

from ranham.kernel.errors import NotFound
from ranham.release.content import ReleaseContent, UnitRow
from ranham.release.documents import tables
from ranham.release.documents.indonesian import figure_name, span
from ranham.release.documents.marks import marks
from ranham.release.documents.scores import Scores, scores_of
from ranham.release.documents.selection import Selection, title
from ranham.release.documents.trend import of_year, unit_trend
from ranham.release.documents.typesetting import typeset

OWN = ("participation", "completeness", "on_time", "achievement")


def province_sheet(content: ReleaseContent, code: str, *, periods: Sequence[ReleaseContent] = ()) -> bytes:
    """A PDF of one page. A province that no decree has numbered yet is asked for by its name."""
    chosen = Selection(content)
    found = [unit for unit in chosen.units("province") if code in (unit.code, unit.name)]
    if not found:
        there = ", ".join(unit.code or unit.name for unit in chosen.units("province"))
        raise NotFound(f"{content.header.number} has no province {code}; it has {there}")
    return typeset("sheet.typ", _data(chosen, title(found[0]), periods), made_at=content.header.made_at)


def _data(released: Selection, name: str, periods: Sequence[ReleaseContent]) -> dict[str, Any]:
    """As in the annual report, the figures beside a year's scores are those of its last period that is at hand."""
    course = of_year(released.content, periods)
    at_hand = [each for _, each in course if each]
    chosen = at_hand[-1] if released.header.kind == "year" and at_hand else released
    scores = scores_of(released)
    there = next((u for u in chosen.units("province") if title(u) == name), None)
    if there is None:
        raise NotFound(f"{chosen.header.number} has no province {name}; make the releases on the same territory")
    below = chosen.regencies_of(there)
    return _page(chosen, scores, there, below) | {
        "marks": marks(released.header) | {"simulated": released.header.simulated or chosen.header.simulated},
        "figures_of": {"number": chosen.header.number, "span": span(chosen.header)},
        "trend": [
            {"scope": shown, "points": unit_trend(course, there, "achievement", scope)}
            for scope, shown in (("own", "Provinsi"), ("regencies", "Kabupaten/kota"))
        ],
    }


def _page(chosen: Selection, scores: Scores, province: UnitRow, below: list[UnitRow]) -> dict[str, Any]:
    return {
        "code": province.code,
        "name": title(province),
        "office": chosen.office(province.office_key),
        "figures": [
            {
                "figure": row["figure"],
                "own": tables.cell(chosen.unit(province, row["key"])),
                "below": tables.cell(chosen.unit(province, row["key"], "regencies")),
            }
            for row in _named(OWN)
        ]
        + [
            {
                "figure": scores.name,
                "own": tables.cell(scores.unit(province)),
                "below": _below(chosen, scores, province),
            }
        ],
        "actions": _actions(chosen, province),
        "regencies": _ranked(chosen, scores, below),
        "score_name": scores.name,
        "obliged": sum(chosen.owes(unit) for unit in below),
        "missing": [title(unit) for unit in chosen.silent("regency") if unit in below],
    }


def _below(chosen: Selection, scores: Scores, province: UnitRow) -> dict[str, Any]:
    """The mean score of the regencies; a year's release has none by province."""
    return tables.cell(None if scores.chosen is not chosen else chosen.unit(province, scores.figure, "regencies"))


def _named(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"key": name, "figure": figure_name(name)} for name in names]


def _actions(chosen: Selection, province: UnitRow) -> list[dict[str, Any]]:
    """Each action that the province itself owes: reported, complete, on time, achieved."""
    made = []
    for action in chosen.actions():
        found = {
            name: chosen.unit(province, name, action=action)
            for name in ("completeness", "substantive_completeness", "on_time", "achievement", "mean_score")
        }
        owed = found["completeness"]
        if owed and owed.denominator:
            marks_of = [bool(figure and figure.numerator) for name, figure in found.items() if name != "mean_score"]
            made.append({"action": action, "marks": marks_of, "score": tables.cell(found["mean_score"])["percent"]})
    return made


def _ranked(chosen: Selection, scores: Scores, units: list[UnitRow]) -> list[dict[str, Any]]:
    """By the share of achieved obligations; equal shares have equal ranks. Who need not report has no rank."""
    shares = {}
    for unit in units:
        figure = chosen.unit(unit, "achievement")
        shares[unit] = figure.percent if figure else None
    with_share = sorted((u for u in units if shares[u] is not None), key=lambda u: (-(shares[u] or 0), u.code or ""))
    rows = [
        {"rank": 1 + sum((shares[other] or 0) > (shares[unit] or 0) for other in with_share)}
        | tables.regency(chosen, unit, scores)
        for unit in with_share
    ]
    return rows + [{"rank": None} | tables.regency(chosen, unit, scores) for unit in units if shares[unit] is None]
