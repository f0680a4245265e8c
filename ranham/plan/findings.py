"""What is wrong with a regulation file, and where: the same sentence for YAML and for a workbook."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ranham.plan.references import Path
from ranham.plan.schemas import PlanFile

Place = Callable[[Path], str]
"""From a path in the data to the place in the file that a person has open."""

_SENTENCES = {
    "missing": "a value",
    "extra_forbidden": "no such field",
    "string_type": "text; quote a code, so that 31.10 does not become 31.1",
    "string_too_short": "a text that is not empty",
    "too_short": "at least one entry",
    "bool_type": "true or false (workbook: ya or tidak)",
    "int_type": "a whole number",
}


@dataclass(frozen=True, slots=True)
class Finding:
    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}"


class PlanRefused(Exception):  # noqa: N818 - refusals are named for what happened
    """The file is not loaded, not even in part. All findings come at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(map(str, self.findings)))


def accept(raw: object, place: Place) -> PlanFile:
    try:
        return PlanFile.model_validate(raw)
    except ValidationError as error:
        findings = [finding for item in error.errors(include_url=False) for finding in _findings(item, place)]
    raise PlanRefused(dict.fromkeys(findings))


def _findings(item: Any, place: Place) -> Iterable[Finding]:
    if item["type"] == "plan_references":
        return [Finding(place(fault.path), fault.found, fault.expected) for fault in item["ctx"]["faults"]]
    if item["type"] == "too_short" and item["input"]:
        return []  # Pydantic counts valid entries only; the invalid ones have findings of their own
    # Pydantic adds the branch of a union to the path; no file has such a key.
    path = tuple(part for part in item["loc"] if not (isinstance(part, str) and "[" in part))
    expected = _SENTENCES.get(item["type"], item["msg"].removeprefix("Value error, "))
    if item["type"] == "missing" or item["input"] is None:
        return [Finding(place(path), "nothing", "a value" if item["type"].endswith(("_type", "missing")) else expected)]
    return [Finding(place(path), _short(item["input"]), expected)]


def _short(value: object) -> str:
    if isinstance(value, dict):
        return "a record with " + (", ".join(map(str, value)) or "no fields")
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."
