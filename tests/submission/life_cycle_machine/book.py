"""The book: what the outside world was told, kept by rules of its own beside the database."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from ranham.submission.models import Answer
from ranham.submission.states import TRANSITIONS, Event, State
from ranham.verification.rules import Aspect, Mark, MeasureMark

Key = tuple[str, str]
"""Unit and action of a report."""
Said = tuple[Answer, Decimal | None, str | None]
Sent = tuple[tuple[int, Answer, Decimal | None, str | None, tuple[str, ...]], ...]
"""Answers of a revision by the number of their measure, each with the hashes of its evidence."""

ANSWERABLE = frozenset(State) - {State.UNDER_VERIFICATION, State.VERIFIED, State.FINAL}
READABLE = frozenset({State.SUBMITTED, State.RESUBMITTED})
NEEDS_EVIDENCE = frozenset({Answer.ACHIEVED, Answer.PARTLY})
WEIGHTS = {Aspect.ADMINISTRATIVE: 3000, Aspect.SUBSTANTIVE: 7000}
POINTS = {Mark.FULFILLED: 10_000, Mark.PARTLY: 5000, Mark.NOT_FULFILLED: 0}
REQUIRED = (1, 2)
MOST_RETURNS = 2
OBLIGATIONS = {"31": 2, "91": 2, "32.01": 2, "32.71": 2, "KL-01": 1}
"""Of the small world, by unit."""


@dataclass
class Kept:
    """One report."""

    state: State = State.NOT_STARTED
    moves: list[tuple[str, str, str]] = field(default_factory=list)
    """Event, state before and state after of every transition that was acknowledged."""
    revisions: list[Sent] = field(default_factory=list)
    timeliness: str | None = None
    moment: datetime | None = None
    """That its timeliness is of."""
    score: int | None = None
    returns: int = 0
    return_due_at: datetime | None = None
    reopened_at: datetime | None = None
    last: tuple[str, str, int] | None = None
    """Verdict, tier and round of the last first reading."""
    draft: dict[int, Said | None] = field(default_factory=dict)
    files: dict[int, set[str]] = field(default_factory=dict)
    """Evidence that lies beside the draft's answers."""
    asked: dict[int, str] = field(default_factory=dict)
    """Local agencies that are asked for a measure."""

    def move(self, event: Event) -> bool:
        """Also whether anything was told: an edit in a state that stays is not."""
        target = TRANSITIONS[self.state, event]
        if event is Event.EDIT and target is self.state:
            return False
        self.moves.append((event, self.state, target))
        self.state = target
        return True

    def begin_draft(self) -> None:
        """Goes on from what was sent, unless there is a draft."""
        if not self.draft and self.revisions:
            self.draft = {number: (answer, value, note) for number, answer, value, note, _ in self.revisions[-1]}
            self.files = {number: set(files) for number, _, _, _, files in self.revisions[-1] if files}

    def drafted(self) -> Sent:
        return tuple(
            (number, *said, tuple(sorted(self.files.get(number, ()))))
            for number, said in sorted(self.draft.items())
            if said is not None
        )

    def replace_draft(self, sent: Sent) -> None:
        if self.draft:
            self.draft = dict.fromkeys((1, 2, 3))
            self.draft |= {number: (answer, value, note) for number, answer, value, note, _ in sent}
            self.files = {number: set(files) for number, _, _, _, files in sent if files}

    @property
    def achieved(self) -> bool:
        return bool(self.revisions) and all(
            answer is Answer.ACHIEVED for number, answer, *_ in self.revisions[-1] if number in REQUIRED
        )


@dataclass
class Task:
    """One reading, as its verifiers were told."""

    verifier: str | None = None
    revision: int | None = None
    """How many revisions the report had when it was taken; None while nobody has taken it."""
    done: bool = False


@dataclass
class Asked:
    """Something that one person asks for and another decides."""

    id: int
    by: str
    approved: bool | None = None
    unit: str | None = None
    until: datetime | None = None
    key: Key | None = None


def whole(sent: Sent) -> bool:
    """Whether nothing blocks it: both required measures, and evidence for a result of the first."""
    answered = {number: (answer, files) for number, answer, _, _, files in sent}
    if not all(number in answered for number in REQUIRED):
        return False
    answer, files = answered[1]
    return answer not in NEEDS_EVIDENCE or bool(files)


def score_of(marks: Iterable[MeasureMark]) -> int:
    """Weighted mean of the required measures' marks, in basis points, half up."""
    total = Fraction(0)
    for aspect, weight in WEIGHTS.items():
        points = [POINTS[m.mark] for m in marks if m.aspect is aspect and m.measure_no in REQUIRED]
        total += Fraction(weight * sum(points), 10_000 * len(points))
    return int(total + Fraction(1, 2))


def figures_of(book: Mapping[Key, Kept], excused: Collection[Key]) -> dict[str, tuple[int, int]]:
    """The national figures, pooled: only an approved excuse changes what is below the line."""
    counted = {key: kept for key, kept in book.items() if key not in excused}
    owed = {unit: count - sum(key[0] == unit for key in excused) for unit, count in OBLIGATIONS.items()}
    units, total = sum(count > 0 for count in owed.values()), sum(owed.values())
    sent = {key: kept for key, kept in counted.items() if kept.revisions}
    words = [kept.timeliness for kept in sent.values()]
    return {
        "participation": (len({unit for unit, _ in sent}), units),
        "completeness": (len(sent), total),
        "substantive_completeness": (len(sent), total),
        "on_time": (words.count("on_time"), total),
        "on_time_within_extension": (words.count("extended"), total),
        "late": (words.count("late"), total),
        "achievement": (sum(kept.achieved for kept in sent.values()), total),
        "verified": (sum(kept.score is not None for kept in sent.values()), total),
        "mean_score": (sum(_own_score(counted, unit, count) for unit, count in owed.items()), units * 10_000),
    }


def _own_score(counted: Mapping[Key, Kept], unit: str, owed: int) -> int:
    """Mean over the unit's obligations, rounded once; what is not verified counts 0."""
    scores = sum(kept.score or 0 for key, kept in counted.items() if key[0] == unit)
    return int((Decimal(scores) / owed).quantize(Decimal(1), ROUND_HALF_UP)) if owed else 0
