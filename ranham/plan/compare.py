"""What changed between two versions of a regulation: pure, keyed by codes, so that a moved row is no change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ranham.plan.schemas import PlanFile

_KEYS: Mapping[str, tuple[str, ...]] = {
    "articles": ("number",),
    "target_groups": ("code",),
    "objectives": ("code",),
    "bodies": ("code",),
    "years": ("year",),
    "obliged": ("level",),
    "exclude": ("code_system", "code"),
    "actions": ("code",),
    "periods": ("code",),
    "measures": ("period", "number"),
    "tiers": ("name",),
    "links": ("scheme", "code"),
    "rungs": ("code",),
}
"""The key of each list of records; lists of plain values (levels, units, evidence) are compared whole."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`old` and `new` are plain JSON values; a record that was added or removed is there whole."""

    path: str
    kind: Literal["added", "removed", "changed"]
    old: Any
    new: Any


def differences(old: PlanFile, new: PlanFile) -> list[Difference]:
    """Such as `years[2022].actions[D1].measures[B08/2].text_id`, in the order of the new file, removals first."""
    return list(_compare(old.model_dump(mode="json"), new.model_dump(mode="json"), ""))


def _compare(old: Any, new: Any, path: str) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in new:
            inner = f"{path}.{name}" if path else name
            if name in _KEYS:
                yield from _compare_records(old[name], new[name], inner, _KEYS[name])
            else:
                yield from _compare(old[name], new[name], inner)
        return
    yield Difference(path, "changed", old, new)


def _compare_records(old: list[Any], new: list[Any], path: str, key: tuple[str, ...]) -> Iterator[Difference]:
    before = {_key(record, key): record for record in old}
    after = {_key(record, key): record for record in new}
    for code, record in before.items():
        if code not in after:
            yield Difference(f"{path}[{code}]", "removed", record, None)
    for code, record in after.items():
        if code not in before:
            yield Difference(f"{path}[{code}]", "added", None, record)
        else:
            yield from _compare(before[code], record, f"{path}[{code}]")


def _key(record: Mapping[str, Any], key: tuple[str, ...]) -> str:
    return "/".join(str(record[name]) for name in key)
