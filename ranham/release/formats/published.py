"""What every format writes: the rows of a release as they may be published, and the name its files carry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ranham.release.content import ActionRow, Header, ReleaseContent, UnitRow
from ranham.release.suppression import Policy, hidden_figures, policy_of

SIMULATED = "DATA SIMULASI, bukan laporan sebenarnya / SIMULATED DATA, not real reports"
NATION = "Indonesia"
MARKED = ("proposed", "provisional", "signed_off", "dropped")
"""States that a file's name tells, so that nobody takes the file for a published one."""


class Row(NamedTuple):
    """A figure as published; its fields are the columns of every flat format, in this order."""

    position: int
    level: str
    unit_code: str | None
    unit_name: str
    scope: str
    target_group: str | None
    action: str | None
    figure: str
    numerator: int | None
    denominator: int | None
    denominator_name: str
    percent: str | None
    impossible: bool
    suppressed: bool
    release: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Published:
    header: Header
    stem: str
    """Begins the name of each file."""
    units: tuple[UnitRow, ...]
    """Those of the release, and the offices that its figures name."""
    rows: list[Row]
    policy: Policy | None
    actions: tuple[ActionRow, ...] = ()
    """Those that the figures name."""

    @property
    def titles(self) -> dict[str, str]:
        """Of actions, by their codes."""
        return {action.code: action.title for action in self.actions}


def publish(content: ReleaseContent, *, policy: Policy | None = None) -> Published:
    """The rows of a release under the small-cell rule given, else the one that the release records, if any."""
    header = content.header
    used = policy or policy_of(header.rules)
    numerators, denominators = hidden_figures(content, used)
    number, simulated = header.number, header.simulated
    percents: dict[tuple[int, int], str | None] = {}
    rows = []
    for position, f in enumerate(content.figures):
        above: int | None = f.numerator
        below: int | None = f.denominator
        ratio = (f.numerator, f.denominator)
        if ratio in percents:
            percent = percents[ratio]
        else:
            exact = f.percent
            percent = percents[ratio] = None if exact is None else str(exact)
        impossible = f.numerator > f.denominator
        suppressed = position in numerators
        if suppressed:
            above, percent, impossible = None, None, False
        if position in denominators:
            below, suppressed = None, True
        rows.append(
            Row(
                position + 1, f.level, f.unit_code, f.unit_name, f.scope, f.target_group, f.action, f.figure,
                above, below, f.denominator_name, percent, impossible, suppressed, number, simulated,
            )
        )  # fmt: skip
    named = {f.action for f in content.figures if f.action is not None}
    actions = tuple(action for action in content.actions if action.code in named)
    return Published(header, stem(header), _places(content), rows, used, actions)


def stem(header: Header) -> str:
    """`ranham-v-2022-b08-1`; a release that is simulated, a sandbox or not published says so in its name."""
    name = re.sub(r"[^a-z0-9]+", "-", header.number.lower()).strip("-")
    marks = [header.state.replace("_", "-")] if header.state in MARKED else []
    marks += ["sandbox"] if header.sandbox and "sandbox" not in name else []
    marks += ["simulated"] if header.simulated else []
    return "-".join([name, *marks])


def told(header: Header) -> dict[str, Any]:
    """The header as plain JSON values."""
    return {name: plain(getattr(header, name)) for name in Header.__dataclass_fields__}


def plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | Decimal):
        return str(value)
    return value


def _places(content: ReleaseContent) -> tuple[UnitRow, ...]:
    named = {unit.code for unit in content.units}
    offices = {
        f.unit_code: UnitRow(f.unit_code, f.unit_name, "office", "office", None, None)
        for f in content.figures
        if f.level == "office" and f.unit_code not in named
    }
    return content.units + tuple(offices.values())
