"""The rules that a release was computed under: put together, changed for a what-if, compared. Pure."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from ranham.compliance.rules import DEFINITIONS
from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.small_cells import VARIABLE, SmallCells
from ranham.plan.policy import Policy
from ranham.plan.schemas import ScoringSpec, TieredVerificationSpec
from ranham.release.content import spell
from ranham.verification.rules import Aspect

WITHOUT = "(none)"
"""Target group of an action that has none."""
CHANGEABLE: Mapping[str, type[ScoringSpec] | type[TieredVerificationSpec]] = {
    "scoring": ScoringSpec,
    "verification": TieredVerificationSpec,
}


def of_policy(policy: Policy, *, regulation: str, plan_version: int) -> dict[str, Any]:
    """As the plan version has them."""
    days = policy.central_days
    return {
        "regulation": regulation,
        "plan_version": plan_version,
        "scoring": policy.scoring.model_dump(mode="json"),
        "verification": policy.verification.model_dump(mode="json"),
        "central_days": days.model_dump(mode="json") if days else None,
        "figures": [list(definition) for definition in DEFINITIONS],
    }


def changed(base: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The rules with what a what-if says otherwise: `{"scoring": {...}, "verification": {...}}`, only what differs.

    What is changed by hand is nobody's published rule, so its fields are named as unverified.
    """
    findings = [
        Finding(name, "no such part", f"one of {', '.join(CHANGEABLE)}") for name in sorted(set(said) - set(CHANGEABLE))
    ]
    made = dict(base)
    for name in [each for each in CHANGEABLE if each in said]:
        if not isinstance(said[name], Mapping):
            findings.append(Finding(name, repr(said[name]), "fields and their values"))
            continue
        differs = sorted(field for field, value in said[name].items() if base[name].get(field) != value)
        unverified = sorted({*base[name]["unverified"], *differs} - {"unverified"})
        try:
            spec = CHANGEABLE[name].model_validate({**base[name], **said[name], "unverified": unverified})
        except ValidationError as error:
            findings += [
                Finding(".".join([name, *map(str, each["loc"])]), repr(each["input"]), each["msg"])
                for each in error.errors()
            ]
            continue
        made[name] = spec.model_dump(mode="json")
    if not findings and made["scoring"]["missing_scores_zero"] != base["scoring"]["missing_scores_zero"]:
        words = "a report that is missing or not verified counts 0 in every figure; this cannot be changed"
        findings.append(Finding("scoring.missing_scores_zero", "another value", "as in the plan", words))
    if findings:
        raise BadInput(findings)
    return made


def suppression(
    configured: SmallCells | None, actions: Mapping[str, str], groups_known: Collection[str]
) -> dict[str, Any] | None:
    """The small-cell rule as a release records it; None where none is set. `actions`: target group of each action.

    What the setting says of actions does not count: the plan knows. No such rule is published, so it says that too.
    """
    if configured is None:
        return None
    refuse_unknown_groups(configured, groups_known)
    return {
        "target_groups": sorted(set(configured.target_groups)),
        "threshold": configured.threshold,
        "actions": dict(actions),
        "unverified": ["target_groups", "threshold"],
    }


def refuse_unknown_groups(configured: SmallCells, groups_known: Collection[str]) -> None:
    """A group that no plan has is a slip that would hide nothing."""
    expected = f"one of {', '.join(sorted(groups_known))}"
    findings = [
        Finding(f"{VARIABLE}, target_groups", name, expected)
        for name in sorted(set(configured.target_groups))
        if name not in groups_known
    ]
    findings += [
        Finding(f"{VARIABLE}, actions, {action}", name, f"{expected}, {WITHOUT}")
        for action, name in sorted(configured.actions.items())
        if name not in groups_known and name != WITHOUT
    ]
    if findings:
        raise BadInput(findings)


def weights(said: str) -> dict[str, Any]:
    """`administrative=4000,substantive=6000` as a change of rules."""
    pairs = dict(part.partition("=")[::2] for part in said.replace(" ", "").split(","))
    names = {aspect.value for aspect in Aspect}
    if set(pairs) != names or not all(value.isdecimal() for value in pairs.values()):
        expected = "administrative=3000,substantive=7000, in basis points that make 10000 together"
        raise BadInput([Finding("weights", said, expected)])
    return {"scoring": {f"{name}_weight_bp": int(pairs[name]) for name in sorted(names)}}


def digest(rules: Mapping[str, Any]) -> str:
    return hashlib.sha256(spell(rules).encode()).hexdigest()


def weighing(rules: Mapping[str, Any]) -> tuple[dict[Aspect, int], int]:
    """What scores hang on: the weight of each aspect and what a measure counts that is fulfilled in part."""
    scoring = rules["scoring"]
    of_aspects = {
        Aspect.ADMINISTRATIVE: scoring["administrative_weight_bp"],
        Aspect.SUBSTANTIVE: scoring["substantive_weight_bp"],
    }
    return of_aspects, rules["verification"]["partly_fulfilled_bp"]


def differences(was: Mapping[str, Any], now: Mapping[str, Any], place: str = "") -> list[tuple[str, Any, Any]]:
    """Every rule that differs: where, as it was, as it is."""
    found: list[tuple[str, Any, Any]] = []
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += differences(before, after, f"{place}{name}.")
        elif before != after:
            found.append((f"{place}{name}", before, after))
    return found
