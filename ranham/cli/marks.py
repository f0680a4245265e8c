"""What a verifier writes on the command line, as a decision."""

from collections.abc import Iterable, Sequence

import typer

from ranham.verification.queries import AnswerRow
from ranham.verification.rules import Aspect, Mark, MeasureMark, ReasonCode

FORM = "MEASURE:ASPECT:MARK[:REASON[:REMARK]]"


def read_marks(written: Iterable[str]) -> list[MeasureMark]:
    """`1:substantive:partly:no_stamp:halaman 2` and the like."""
    return [_mark(each) for each in written]


def fill_up(given: Sequence[MeasureMark], asked: Iterable[AnswerRow]) -> list[MeasureMark]:
    """The given marks, and fulfilled for everything that they do not name."""
    named = {(mark.measure_no, mark.aspect) for mark in given}
    rest = [(row.measure_no, aspect) for row in asked for aspect in Aspect]
    return [*given, *(MeasureMark(*key, Mark.FULFILLED) for key in rest if key not in named)]


def read_reason(written: str | None) -> ReasonCode | None:
    if not written:
        return None
    if written not in set(ReasonCode):
        raise typer.BadParameter(f"{written}: not one of {', '.join(ReasonCode)}")
    return ReasonCode(written)


def _mark(written: str) -> MeasureMark:
    number, aspect, mark, reason, remark, *_ = [*map(str.strip, written.split(":", 4)), "", "", "", ""]
    if not number.isdecimal() or aspect not in set(Aspect) or mark not in set(Mark):
        raise typer.BadParameter(
            f"{written}: write {FORM}, with {' or '.join(Aspect)} and {', '.join(Mark)}", param_hint="--mark"
        )
    return MeasureMark(int(number), Aspect(aspect), Mark(mark), read_reason(reason), remark or None)
