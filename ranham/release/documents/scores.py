"""The score that a document shows: of a period the mean score, of a year the annual score."""

from dataclasses import dataclass

from ranham.release.content import Figure, UnitRow
from ranham.release.documents.selection import Selection


@dataclass(frozen=True, slots=True)
class Scores:
    chosen: Selection
    """The release that has them."""
    figure: str

    @property
    def name(self) -> str:
        return "Nilai tahunan" if self.figure == "annual_score" else "Nilai"

    def unit(self, unit: UnitRow) -> Figure | None:
        there = self.chosen.same(unit)
        return self.chosen.unit(there, self.figure) if there else None

    def national(self, scope: str) -> Figure | None:
        return self.chosen.national(self.figure, scope)


def scores_of(chosen: Selection) -> Scores:
    return Scores(chosen, "annual_score" if chosen.header.kind == "year" else "mean_score")
