"""What is wrong or odd with a report before it is sent. Pure: facts in, findings out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Severity(StrEnum):
    BLOCKING = "blocking"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    measure_id: int
    number: int
    required: bool
    value_min: Decimal | None = None
    value_max: Decimal | None = None
    evidence_kinds: tuple[str, ...] = ()
    unit_of_measure: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    file_name: str
    kind: str
    dated_on: date | None = None
    used_elsewhere: str | None = None
    """Where the same bytes are used already, in words."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    answer: str | None
    value: Decimal | None = None
    note: str | None = None
    evidence: tuple[EvidenceFacts, ...] = ()
    unknown_evidence: int = 0
    """Evidence that is named but does not lie in the store, as in files that were imported."""


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """The answer to the measure of the same number and unit of measure in the period before, in the same year."""

    value: Decimal | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ReportFacts:
    measures: Sequence[MeasureFacts]
    answers: Mapping[int, AnswerFacts]
    """By measure id."""
    earlier: Mapping[int, EarlierAnswer] = field(default_factory=dict)
    evidence_from: date | None = None
    evidence_to: date | None = None
    """Days from which evidence of the period may be."""


@dataclass(frozen=True, slots=True)
class ReportFinding:
    code: str
    severity: Severity
    measure_number: int | None
    words: str
    """Indonesian / English."""


COPIED_FROM = 20
"""Characters from which a note that equals the last one is taken for copied; configuration, unverified."""
WITH_RESULT = frozenset({"achieved", "partly"})
WITH_REASON = frozenset({"nil", "not_applicable"})

_Check = Callable[[MeasureFacts, AnswerFacts, ReportFacts], Iterator[ReportFinding]]


def examine(report: ReportFacts) -> tuple[ReportFinding, ...]:
    """Blocking findings first, each group in the order of the measures."""
    found = [finding for measure in report.measures for finding in _of_measure(measure, report)]
    if not any(answer.answer for answer in report.answers.values()):
        found.insert(0, _blocking("empty", None, "belum ada jawaban / there is no answer yet"))
    return tuple(sorted(found, key=lambda f: f.severity is Severity.WARNING))


def _of_measure(measure: MeasureFacts, report: ReportFacts) -> Iterator[ReportFinding]:
    answer = report.answers.get(measure.measure_id)
    if answer is None or answer.answer is None:
        if measure.required:
            yield _blocking("unanswered", measure, "ukuran wajib belum dijawab / this required measure is not answered")
        return
    for check in CHECKS:
        yield from check(measure, answer, report)


def _value(measure: MeasureFacts, answer: AnswerFacts, report: ReportFacts) -> Iterator[ReportFinding]:
    value = answer.value
    if value is None:
        return
    low, high = measure.value_min, measure.value_max
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"{'-' if low is None else f'{low:f}'} .. {'-' if high is None else f'{high:f}'}"
        yield _blocking("off_range", measure, f"nilai {value:f} di luar {span} / value {value:f} is outside {span}")
    earlier = report.earlier.get(measure.measure_id)
    if earlier is not None and earlier.value is not None and value < earlier.value:
        words = f"nilai {value:f} turun dari {earlier.value:f} / value {value:f} fell from {earlier.value:f}"
        yield _warning("fell", measure, words)


def _note(measure: MeasureFacts, answer: AnswerFacts, report: ReportFacts) -> Iterator[ReportFinding]:
    note = _plain(answer.note)
    if answer.answer in WITH_REASON and not note:
        yield _blocking("reason_missing", measure, f"'{answer.answer}' butuh alasan / '{answer.answer}' needs a reason")
    earlier = report.earlier.get(measure.measure_id)
    if earlier is not None and len(note) >= COPIED_FROM and note == _plain(earlier.note):
        yield _warning("copied", measure, "catatan sama dengan periode lalu / the note equals that of the last period")


def _evidence(measure: MeasureFacts, answer: AnswerFacts, report: ReportFacts) -> Iterator[ReportFinding]:
    if answer.answer in WITH_RESULT and measure.evidence_kinds:
        kinds = {evidence.kind for evidence in answer.evidence}
        missing = ", ".join(kind for kind in measure.evidence_kinds if kind not in kinds)
        if not answer.evidence and not answer.unknown_evidence:
            words = f"belum ada data dukung ({missing}) / there is no evidence ({missing})"
            yield _blocking("evidence_missing", measure, words)
        elif missing and not answer.unknown_evidence:
            yield _warning("kind_missing", measure, f"data dukung kurang: {missing} / evidence lacks: {missing}")
    for evidence in answer.evidence:
        if evidence.used_elsewhere:
            words = f"{evidence.file_name} sudah dipakai / is used already: {evidence.used_elsewhere}"
            yield _warning("used_elsewhere", measure, words)
        start, end = report.evidence_from, report.evidence_to
        if evidence.dated_on and ((start and evidence.dated_on < start) or (end and evidence.dated_on > end)):
            words = (
                f"{evidence.file_name} bertanggal {evidence.dated_on}, di luar periode / is dated outside the period"
            )
            yield _warning("outside_period", measure, words)


CHECKS: tuple[_Check, ...] = (_value, _note, _evidence)


def _plain(note: str | None) -> str:
    return " ".join((note or "").casefold().split())


def _blocking(code: str, measure: MeasureFacts | None, words: str) -> ReportFinding:
    return ReportFinding(code, Severity.BLOCKING, None if measure is None else measure.number, words)


def _warning(code: str, measure: MeasureFacts, words: str) -> ReportFinding:
    return ReportFinding(code, Severity.WARNING, measure.number, words)
