"""Looks figures and units of a release up."""

from collections.abc import Iterable, Mapping

from ranham.release.content import Figure, ReleaseContent, UnitRow
from ranham.release.documents.indonesian import TYPES

Key = tuple[str, str | None, str, str, str | None, str | None]


class Selection:
    """A release, indexed. A figure that is asked for and not in it is None, never zero."""

    def __init__(self, content: ReleaseContent) -> None:
        self.content = content
        self.header = content.header
        self.by_key: dict[Key, Figure] = {
            (f.level, f.unit_code or f.unit_name, f.scope, f.figure, f.target_group, f.action): f
            for f in content.figures
        }
        self.titles = {action.code: action.title for action in content.actions}
        self._places: dict[tuple[str | None, ...], UnitRow] = {}
        for unit in content.units:
            for place in ((unit.level, unit.code, title(unit)), (unit.level, title(unit)), (unit.level, unit.code)):
                self._places.setdefault(place, unit)

    def unit(self, unit: UnitRow, figure: str, scope: str = "own", *, action: str | None = None) -> Figure | None:
        found = self.by_key.get((unit.level, unit.code or unit.name, scope, figure, None, action))
        return found or self.by_key.get((unit.level, title(unit), scope, figure, None, action))

    def national(
        self, figure: str, scope: str, *, group: str | None = None, action: str | None = None
    ) -> Figure | None:
        return self.by_key.get(("national", "Indonesia", scope, figure, group, action))

    def units(self, level: str) -> list[UnitRow]:
        """Units of a level by code; those that no decree has numbered yet come last, by name."""
        return sorted(
            (u for u in self.content.units if u.level == level), key=lambda u: (u.code is None, u.code or "", u.name)
        )

    def same(self, unit: UnitRow) -> UnitRow | None:
        """The unit of another release here: by code and title, else by its title, as codes change, else by its code."""
        for key in ((unit.level, unit.code, title(unit)), (unit.level, title(unit)), (unit.level, unit.code)):
            if None not in key and key in self._places:
                return self._places[key]
        return None

    def regencies_of(self, province: UnitRow) -> list[UnitRow]:
        return [u for u in self.units("regency") if u.parent_code == province.code and province.code is not None]

    def obliged(self, level: str) -> list[UnitRow]:
        """Units that had to report: their participation has something to divide by."""
        return [u for u in self.units(level) if self.owes(u)]

    def owes(self, unit: UnitRow) -> bool:
        figure = self.unit(unit, "participation")
        return bool(figure and figure.denominator)

    def silent(self, level: str) -> list[UnitRow]:
        """Units that had to report and sent nothing (rapor merah)."""
        return [u for u in self.obliged(level) if _none(self.unit(u, "participation"))]

    def actions(self) -> list[str]:
        return sorted({f.action for f in self.content.figures if f.level == "national" and f.action})

    def action_name(self, code: str) -> str:
        """Code and title; the code alone where the plan is not at hand."""
        return f"{code} {self.titles[code]}" if code in self.titles else code

    def groups(self) -> list[str]:
        return sorted({f.target_group for f in self.content.figures if f.level == "national" and f.target_group})

    def office(self, key: str | None) -> str | None:
        """Name of a verifying office, from its own figures; its key where it has none."""
        names = (f.unit_name for f in self.content.figures if f.level == "office" and f.unit_code == key)
        return next(names, key)


def title(unit: UnitRow) -> str:
    """Type and name: a bare name may mean two units."""
    prefix = TYPES.get(unit.type, "")
    return unit.name if unit.name.startswith(prefix) else prefix + unit.name


def threshold(rules: Mapping[str, object], name: str) -> int | None:
    """A setting of the release's rules, wherever in them it stands."""
    found = rules.get(name)
    if isinstance(found, int):
        return found
    below = (threshold(part, name) for part in rules.values() if isinstance(part, Mapping))
    return next((value for value in below if value is not None), None)


def in_order(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Names in the known order, unknown ones behind."""
    order = {name: place for place, name in enumerate(known)}
    return sorted(set(names), key=lambda name: (order.get(name, len(order)), name))


def _none(figure: Figure | None) -> bool:
    return figure is not None and figure.numerator == 0
