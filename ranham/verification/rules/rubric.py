"""The rubric: what is marked, why a mark is less than full, and the score of a reading. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ranham.kernel.errors import Finding


class Tier(StrEnum):
    """Who reads: the regional office (Kanwil) for its provinces, then the central secretariat."""

    PRE_CHECK = "pre_check"
    CENTRAL = "central"


class Verdict(StrEnum):
    ACCEPT = "accept"
    RETURN = "return"
    PASS_ON = "pass_on"  # noqa: S105 - no password
    """Accepted in a tier that is not the last: the next one reads."""


class Aspect(StrEnum):
    """Published: both are scored. Administrative is format, letterhead, signature; substantive is fit to the measure."""

    ADMINISTRATIVE = "administrative"
    SUBSTANTIVE = "substantive"


class Mark(StrEnum):
    FULFILLED = "fulfilled"
    PARTLY = "partly"
    NOT_FULFILLED = "not_fulfilled"


class ReasonCode(StrEnum):
    NO_SIGNATURE = "no_signature"
    NO_LETTERHEAD = "no_letterhead"
    NO_STAMP = "no_stamp"
    UNREADABLE = "unreadable"
    WRONG_PERIOD = "wrong_period"
    OFF_MEASURE = "off_measure"
    ARITHMETIC = "arithmetic"
    INCOMPLETE = "incomplete"
    DUPLICATE = "duplicate"
    OTHER = "other"


WORDS: Mapping[ReasonCode, tuple[str, str]] = {
    ReasonCode.NO_SIGNATURE: ("tanpa tanda tangan", "no signature"),
    ReasonCode.NO_LETTERHEAD: ("tanpa kop surat", "no letterhead"),
    ReasonCode.NO_STAMP: ("tanpa cap", "no stamp"),
    ReasonCode.UNREADABLE: ("tidak terbaca", "cannot be read"),
    ReasonCode.WRONG_PERIOD: ("bukan periode ini", "of another period"),
    ReasonCode.OFF_MEASURE: ("tidak sesuai ukuran keberhasilan", "does not fit the measure"),
    ReasonCode.ARITHMETIC: ("perhitungan tidak cocok", "the numbers do not add up"),
    ReasonCode.INCOMPLETE: ("data dukung tidak lengkap", "evidence is incomplete"),
    ReasonCode.DUPLICATE: ("data dukung sama dengan laporan lain", "the same evidence as in another report"),
    ReasonCode.OTHER: ("alasan lain, lihat catatan", "another reason, see the remark"),
}
"""Indonesian and English. The list is the engine's own: no formal list of reasons is published."""


_OTHER = "the reason is 'other'; say in a remark what is wrong"
_LAST = "this is the last tier, so the report cannot be passed on; accept it or return it"
_NOTHING_TO_MEND = (
    "the report would go back and nobody knows what to mend; mark a measure as partly or not fulfilled, "
    "or give a reason with a remark"
)
_UNMARKED = "it has no mark; to accept a report in the last tier, mark every required measure under both aspects"


@dataclass(frozen=True, slots=True)
class MeasureMark:
    """What a verifier finds of one measure under one aspect."""

    measure_no: int
    aspect: Aspect
    mark: Mark
    reason_code: ReasonCode | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a verifier decides of a report, before the engine has looked at it."""

    verdict: Verdict
    marks: Sequence[MeasureMark] = ()
    reason_code: ReasonCode | None = None
    remark: str | None = None


def findings(decision: Decision, *, known: Collection[int], required: Collection[int], last: bool) -> list[Finding]:
    """What a decision lacks. `known` and `required` are numbers of the action's measures in the period."""
    found = [] if _remarked(decision) else [Finding("remark", "nothing", "a remark", _OTHER)]
    seen: set[tuple[int, Aspect]] = set()
    for mark in decision.marks:
        found += _of_mark(mark, known=known, twice=(mark.measure_no, mark.aspect) in seen)
        seen.add((mark.measure_no, mark.aspect))
    if decision.verdict is Verdict.PASS_ON and last:
        found.append(Finding("verdict", "pass_on", "accept or return", _LAST))
    if decision.verdict is Verdict.RETURN and not _says_what_to_mend(decision):
        found.append(
            Finding("return", "no reason", "a mark below fulfilled, or a reason with a remark", _NOTHING_TO_MEND)
        )
    if decision.verdict is Verdict.ACCEPT and last:
        missing = sorted((number, aspect) for number in required for aspect in Aspect if (number, aspect) not in seen)
        found += [Finding(_where(number, aspect), "no mark", "a mark", _UNMARKED) for number, aspect in missing]
    return found


def score_bp(
    marks: Sequence[MeasureMark], required: Collection[int], weights_bp: Mapping[Aspect, int], partly_bp: int
) -> int:
    """Score of a reading in basis points: per aspect the mean over the required measures, then weighed.

    Exact until the end, then rounded half up once. Where no measure is required, all that are marked count.
    What part marks count, and the weights, are the plan's (unverified).
    """
    points = {Mark.FULFILLED: 10_000, Mark.PARTLY: partly_bp, Mark.NOT_FULFILLED: 0}
    total = Fraction(0)
    for aspect, weight in weights_bp.items():
        counted = [points[m.mark] for m in marks if m.aspect is aspect and (not required or m.measure_no in required)]
        if counted:
            total += Fraction(weight * sum(counted), 10_000 * len(counted))
    return int(total + Fraction(1, 2))


def _of_mark(mark: MeasureMark, *, known: Collection[int], twice: bool) -> list[Finding]:
    where, found = _where(mark.measure_no, mark.aspect), []
    if mark.measure_no not in known:
        numbers = ", ".join(map(str, sorted(known)))
        words = f"the action has no measure {mark.measure_no} in this period; its measures are {numbers}"
        found.append(Finding(where, "no such measure", f"one of {numbers}", words))
    if twice:
        found.append(
            Finding(where, "two marks", "one mark", "it is marked twice; a measure has one mark for each aspect")
        )
    if mark.mark is not Mark.FULFILLED and mark.reason_code is None:
        reasons = ", ".join(ReasonCode)
        words = (
            f"it is marked '{mark.mark.replace('_', ' ')}' and the reporter is not told why; choose one of {reasons}"
        )
        found.append(Finding(where, f"{mark.mark} without a reason", f"one of {reasons}", words))
    if not _remarked(mark):
        found.append(Finding(where, "the reason 'other' alone", "a remark", _OTHER))
    return found


def _where(number: int, aspect: Aspect) -> str:
    return f"measure {number}, {aspect}"


def _remarked(said: Decision | MeasureMark) -> bool:
    return said.reason_code is not ReasonCode.OTHER or bool((said.remark or "").strip())


def _says_what_to_mend(decision: Decision) -> bool:
    named = any(mark.mark is not Mark.FULFILLED for mark in decision.marks)
    return named or (decision.reason_code is not None and bool((decision.remark or "").strip()))
