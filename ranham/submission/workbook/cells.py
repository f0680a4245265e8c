"""What a person typed into the cells of a row, as an answer; what fits nothing is a finding of its cell. Pure."""

import re
from datetime import date, datetime
from decimal import Decimal

from ranham.submission.drafts import DraftContent
from ranham.submission.models.revision import Answer
from ranham.submission.workbook.book import DIGITS, MOST_NOTE, Line, Typed, fitted_text
from ranham.submission.workbook.columns import ANSWER, ANSWER_WORDS, FIRST_ROW, NOTE, VALUE
from ranham.submission.workbook.findings import CellFinding, Level

_BY_WORDS = {words: answer for answer, words in ANSWER_WORDS.items()} | {answer.value: answer for answer in Answer}
_FORMULA = "rumus; tempel sebagai nilai / a formula; paste it as a value"
_FAULT = "galat lembar kerja / an error value of a spreadsheet"
_NUMBER = "bukan angka; tulis hanya angka, tanpa satuan / not a number; write the number only, without a unit"
_LONG = "angka terlalu panjang: paling banyak 15 digit dan 4 desimal / too long: at most 15 digits and 4 decimals"


class Unclear(Exception):  # noqa: N818 - becomes a finding
    """A cell that says nothing we could keep."""

    def __init__(self, code: str, words: str) -> None:
        self.code, self.words = code, words
        super().__init__(words)


def understand(line: Line, row: int) -> tuple[DraftContent, list[CellFinding]]:
    """The content of a row, and the cells that could not be understood; those are empty in the content."""
    found: list[CellFinding] = []
    kept: dict[str, object] = {}
    readers = ((ANSWER, _answer), (VALUE, _value), (NOTE, _note))
    for (letter, reader), typed in zip(readers, line.typed, strict=True):
        try:
            kept[letter] = reader(typed)
        except Unclear as unclear:
            found.append(CellFinding(f"{letter}{row}", Level.ERROR, unclear.code, unclear.words))
    content = DraftContent(kept.get(ANSWER), kept.get(VALUE), kept.get(NOTE))  # type: ignore[arg-type]
    return content, found


def row_of(index: int) -> int:
    """Row on the sheet of the n-th line, counted from 0."""
    return FIRST_ROW + index


def _refuse_machinery(typed: Typed) -> None:
    if typed.kind == "formula":
        raise Unclear("formula", _FORMULA)
    if typed.kind == "error":
        raise Unclear("spreadsheet_error", _FAULT)


def _answer(typed: Typed) -> Answer | None:
    _refuse_machinery(typed)
    words = " ".join(str("" if typed.value is None else typed.value).casefold().split())
    if not words:
        return None
    if words not in _BY_WORDS:
        choice = ", ".join(ANSWER_WORDS.values())
        raise Unclear("answer_unknown", f"jawaban tidak dikenal / unknown answer; pilih / choose: {choice}")
    return _BY_WORDS[words]


def _value(typed: Typed) -> Decimal | None:
    _refuse_machinery(typed)
    if typed.kind == "percent":
        raise Unclear("value_percent", "sel berformat persen: tulis 50, bukan 50% / a percent cell: write 50, not 50%")
    if typed.kind == "other":
        raise Unclear("value_not_a_number", _NUMBER)
    text = str("" if typed.value is None else typed.value).strip()
    if not text:
        return None
    if typed.kind == "text":
        # 1.234 is a thousand to some and one to others: with a separator only a number cell is clear.
        if not re.fullmatch(r"-?[0-9]{1,15}", text):
            raise Unclear("value_not_a_number", _NUMBER)
        return Decimal(text)
    value = Decimal(f"{typed.value:.{DIGITS}g}")
    if not value.is_finite() or abs(value) >= Decimal(10) ** DIGITS or value != round(value, 4):
        raise Unclear("value_not_a_number", _LONG)
    return value


def _note(typed: Typed) -> str | None:
    _refuse_machinery(typed)
    value = typed.value
    if isinstance(value, datetime | date):
        value = value.isoformat()
    text = str("" if value is None else value)
    if len(text) > MOST_NOTE:
        raise Unclear("note_too_long", f"lebih dari {MOST_NOTE} huruf / more than {MOST_NOTE} characters")
    return fitted_text(text) or None
