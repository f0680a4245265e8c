"""Small cells of sensitive target groups: which published values are hidden, and which more so that nobody subtracts.

Pure. A value is hidden when it counts fewer than the threshold in a target group that the policy names, or in one of
its actions; with the number of verified reports goes the mean of their scores. Then sums are looked at: units below
their parent, target groups below their total, actions below their group, and the three kinds of timeliness below the
reports. Where one value of a sum is hidden alone, the smallest
other one is hidden too, until no sum has a lone hidden value. This holds against subtraction in any one sum, but for
bounds: where what is shown of a sum leaves nothing, each hidden part is 0, and where it leaves all that the hidden parts
can be (their denominators), each is that. Hiding totals so that this does not happen was measured and not done: of a
total of none its parts can be hidden only with it, which hides figures of all groups (docs/release-formats.md). Nor does
it hold against somebody who solves several sums together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.small_cells import SmallCells
from ranham.release.content import Figure, ReleaseContent
from ranham.release.sums import FULL_SCORE, Cell, Sum, Variable, cell_of, denominator_of, sums, values_of


@dataclass(frozen=True, slots=True)
class Policy:
    """Configuration, unverified: no rule on small cells is published for RANHAM."""

    target_groups: frozenset[str]
    threshold: int
    """Counts below it are hidden."""
    actions: Mapping[str, str]
    """Target group of each action; `(none)` for an action without one. Those that it does not name are as the plan says."""


def policy_of(rules: Mapping[str, Any]) -> Policy | None:
    """The policy in a release's rules: `suppression: {target_groups: [...], threshold: 5, actions: {D1: perempuan}}`."""
    said = rules.get("suppression")
    if said is None:
        return None
    return Policy(frozenset(said["target_groups"]), int(said["threshold"]), dict(said.get("actions", {})))


def policy_asked(configured: SmallCells | None) -> Policy | None:
    """The policy that is set."""
    if configured is None:
        return None
    return Policy(frozenset(configured.target_groups), configured.threshold, dict(configured.actions))


def is_weaker(recorded: Policy | None, asked: Policy | None) -> bool:
    """Whether a rule hides less than another one, as far as its groups and its threshold say."""
    if asked is None:
        return False
    return recorded is None or not asked.target_groups <= recorded.target_groups or recorded.threshold < asked.threshold


def policy_in_force(rules: Mapping[str, Any], configured: SmallCells | None) -> Policy | None:
    """The rule that the release records comes first: its files are to stay the same."""
    return policy_of(rules) or policy_asked(configured)


def hidden_figures(content: ReleaseContent, policy: Policy | None) -> tuple[frozenset[int], frozenset[int]]:
    """`hidden`, and nothing where there is no rule."""
    return hidden(content, policy) if policy is not None else (frozenset(), frozenset())


def public(content: ReleaseContent, policy: Policy | None) -> ReleaseContent:
    """Without the figures that the rule in force hides, for documents: what is not there is never shown as zero."""
    numerators, denominators = hidden_figures(content, policy)
    out = numerators | denominators
    return (
        replace(content, figures=tuple(f for at, f in enumerate(content.figures) if at not in out)) if out else content
    )


def hidden(content: ReleaseContent, policy: Policy) -> tuple[frozenset[int], frozenset[int]]:
    """Positions (from 0) of the figures whose numerator is hidden, and of those whose denominator is hidden too."""
    of_plan = {action.code: action.target_group for action in content.actions}
    policy = replace(policy, actions=of_plan | dict(policy.actions))
    _check(content.figures, policy)
    values = values_of(content.figures)
    told_by = _told_by(content.figures)
    sums_of: dict[Variable, list[Sum]] = defaultdict(list)
    for members in sums(content, policy.actions):
        for member in members:
            sums_of[member].append(members)
    waiting = list(dict.fromkeys(_small(content.figures, policy)))
    lost = set(waiting)
    while waiting:
        variable = waiting.pop()
        more = list(told_by.get(variable, ()))
        for members in sums_of[variable]:
            shown = [member for member in members if member not in lost]
            if len(members) - len(shown) == 1:
                more.append(min(shown, key=lambda v: (values[v] == 0, values[v], v == members[0], str(v))))
                lost.add(more[-1])
                waiting.append(more[-1])
        waiting += [each for each in more if each not in lost]
        lost.update(more)
    numerators = frozenset(p for p in range(len(content.figures)) if ("numerator", p) in lost)
    denominators = frozenset(p for p, f in enumerate(content.figures) if denominator_of(f) in lost)
    return numerators, denominators


def _told_by(figures: Iterable[Figure]) -> dict[Variable, list[Variable]]:
    """What would say too much beside a hidden value: to a denominator its numerators, which are bounds; to the number
    of verified reports the sum of their scores, which of a single report is its score.
    """
    found: dict[Variable, list[Variable]] = defaultdict(list)
    verified: dict[Cell, Variable] = {}
    scored: dict[Cell, Variable] = {}
    for position, f in enumerate(figures):
        numerator = "numerator", position
        found[denominator_of(f)].append(numerator)
        if f.figure in ("verified", "mean_score"):
            (verified if f.figure == "verified" else scored)[cell_of(f)] = numerator
    for cell, count in verified.items():
        if cell in scored:
            found[count].append(scored[cell])
    return found


def _small(figures: Iterable[Figure], policy: Policy) -> Iterable[Variable]:
    for position, f in enumerate(figures):
        group = policy.actions[f.action] if f.action is not None else f.target_group
        if group not in policy.target_groups or f.denominator == 0:
            continue
        scores = f.figure == "mean_score"
        if f.denominator < policy.threshold * (FULL_SCORE if scores else 1):
            yield denominator_of(f)
            yield "numerator", position
        elif not scores and f.numerator < policy.threshold:
            yield "numerator", position


def _check(figures: Iterable[Figure], policy: Policy) -> None:
    unknown = sorted({f.action for f in figures if f.action is not None} - set(policy.actions))
    if unknown:
        expected = "the target group of each action under 'actions', or (none)"
        raise BadInput([Finding("small-cell rule", f"no target group of {', '.join(unknown)}", expected)])
