"""From a book to bytes: locked but for the cells to fill in, with lists to choose from, and marks where something is wrong."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ranham.submission.workbook import columns as col
from ranham.submission.workbook.book import DIGITS, Book, Line, Typed, checksum, fitted_text
from ranham.submission.workbook.findings import CellFinding, Level

_HEAD = PatternFill("solid", fgColor="D9E2F3")
_ASKED = PatternFill("solid", fgColor="FFFBE6")
_NOT_ASKED = PatternFill("solid", fgColor="D9D9D9")
_MISSING = PatternFill("solid", bgColor="F8CBAD")
_MARKS = {
    Level.ERROR: PatternFill("solid", fgColor="FF9C9C"),
    Level.BLOCKING: PatternFill("solid", fgColor="FFD08A"),
    Level.WARNING: PatternFill("solid", fgColor="FFF2A8"),
}
_AUTHOR = "RANHAM"
_FONT = "Calibri"
_A4 = 9
_LINE_POINTS = 15
_MOST_POINTS = 400
_WIDEST = Decimal(10) ** DIGITS


def write(book: Book, findings: Sequence[CellFinding] = ()) -> bytes:
    """An .xlsx file. Texts are texts, whatever they begin with: nothing in it is a formula."""
    made = Workbook()
    made.remove(made.worksheets[0])
    _guide(made.create_sheet(col.GUIDE), book)
    _answers(made.create_sheet(col.ANSWERS), book, findings)
    _files(made.create_sheet(col.EVIDENCE), book.files)
    machine = made.create_sheet(col.MACHINE)
    machine.sheet_state = "veryHidden"
    stamps = (line.stamp.model_dump_json() for line in book.lines)
    for row, said in enumerate((book.stamp.model_dump_json(), checksum(book.stamp, book.lines), *stamps), start=1):
        _put(machine.cell(row, 1), said)
    for page in made.worksheets:
        # Keeps people from slips; without a password, as it protects nothing of ours.
        page.protection.sheet = True
        page.protection.formatColumns = page.protection.formatRows = False
        page.page_setup.paperSize, page.page_setup.orientation = _A4, "landscape"
        page.page_setup.fitToHeight = 0
        page.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    made.active = 1 if findings else 0
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _guide(page: Worksheet, book: Book) -> None:
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = col.GUIDE_WIDTHS
    for row, (head, text) in enumerate(book.guide, start=1):
        for column, said in enumerate((head, text), start=1):
            cell = _put(page.cell(row, column), said)  # type: ignore[arg-type]
            cell.font = Font(
                name=_FONT, bold=column == 1 or row == 1, color="C00000" if head.startswith("SIMULASI") else None
            )
            cell.alignment = Alignment(vertical="top", wrap_text=True)
        _raise_row(page, row, zip((head, text), col.GUIDE_WIDTHS, strict=True))


def _answers(page: Worksheet, book: Book, findings: Sequence[CellFinding]) -> None:
    page["A1"].font = Font(name=_FONT, bold=True, size=12)
    _put(page["A1"], book.title)
    page["A2"].font = Font(name=_FONT, bold=True, color="C00000")
    _put(page["A2"], _summary(findings))
    _head(page, col.COLUMNS, col.HEAD_ROW)
    for row, line in enumerate(book.lines, start=col.FIRST_ROW):
        for column, text in enumerate(line.fixed, start=1):
            _dress(_put(page.cell(row, column), text), line)  # type: ignore[arg-type]
        for column, typed in enumerate(line.typed, start=len(col.FIXED) + 1):
            cell: Cell = page.cell(row, column)  # type: ignore[assignment]
            _dress(_fill(cell, typed), line)
            cell.protection = Protection(locked=not line.stamp.open)
            if line.stamp.open:
                cell.fill = _ASKED
        said = (*line.fixed, *(str(typed.value or "") for typed in line.typed))
        _raise_row(page, row, zip(said, (column.width for column in col.COLUMNS), strict=True))
    _choices(page, book)
    _mark(page, findings)
    page.freeze_panes = f"B{col.FIRST_ROW}"
    page.print_title_rows = f"{col.HEAD_ROW}:{col.HEAD_ROW}"


def _dress(cell: Cell, line: Line) -> None:
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if line.stamp.excused:
        cell.fill, cell.font = _NOT_ASKED, Font(name=_FONT, color="7F7F7F")


def _choices(page: Worksheet, book: Book) -> None:
    """Lists, bounds and the colour of what is missing, in the rows that are asked."""
    rows = [(row, line) for row, line in enumerate(book.lines, start=col.FIRST_ROW) if line.stamp.open]
    if not rows:
        return
    answers = DataValidation(type="list", formula1=f'"{",".join(col.ANSWER_WORDS.values())}"', allow_blank=True)
    answers.showErrorMessage, answers.errorTitle = True, "Jawaban"
    answers.error = "Pilih salah satu dari daftar."
    page.add_data_validation(answers)
    bounds: dict[tuple[str | None, str | None], DataValidation] = {}
    for row, line in rows:
        answers.add(f"{col.ANSWER}{row}")
        key = line.stamp.low, line.stamp.high
        if key not in bounds:
            bounds[key] = _bounds(*key)
            page.add_data_validation(bounds[key])
        bounds[key].add(f"{col.VALUE}{row}")
    first = rows[0][0]
    empty = f"LEN(TRIM(${col.ANSWER}{first}))=0"
    asked = f'AND(${col.REQUIRED}{first}="ya",{empty})'
    reason = " ".join(f'${col.ANSWER}{first}="{col.ANSWER_WORDS[a]}"' for a in col.NEED_REASON).replace(" $", ",$")
    unsaid = f"AND(OR({reason}),LEN(TRIM(${col.NOTE}{first}))=0)"
    for letter, formula in ((col.ANSWER, asked), (col.NOTE, unsaid)):
        area = " ".join(f"{letter}{row}" for row, _ in rows)
        page.conditional_formatting.add(area, FormulaRule(formula=[formula], fill=_MISSING))  # type: ignore[no-untyped-call]


def _bounds(low: str | None, high: str | None) -> DataValidation:
    made = DataValidation(type="decimal", operator="between", allow_blank=True)
    made.formula1, made.formula2 = low or f"-{_WIDEST}", high or f"{_WIDEST}"
    made.showErrorMessage, made.errorTitle = True, "Nilai"
    span = f" antara {low or '-'} dan {high or '-'}" if low or high else ""
    made.error = f"Tulis angka{span}, tanpa satuan."
    return made


def _mark(page: Worksheet, findings: Sequence[CellFinding]) -> None:
    for place, found in _by_cell(findings).items():
        cell = page[place]
        cell.fill = _MARKS[min((f.level for f in found), key=list(Level).index)]
        words = "\n".join(finding.words for finding in found)
        cell.comment = Comment(fitted_text(words), _AUTHOR, height=40 + 20 * (len(words) // 40 + len(found)), width=320)


def _by_cell(findings: Iterable[CellFinding]) -> Mapping[str, list[CellFinding]]:
    made: dict[str, list[CellFinding]] = {}
    for finding in findings:
        made.setdefault(finding.cell, []).append(finding)
    return made


def _summary(findings: Sequence[CellFinding]) -> str:
    if not findings:
        return ""
    words = {
        Level.ERROR: "tidak tersimpan / not saved",
        Level.BLOCKING: "harus dilengkapi sebelum dikirim / to be completed before sending",
        Level.WARNING: "perlu dilihat lagi / to be looked at again",
    }
    parts = []
    for level in Level:
        cells = list(dict.fromkeys(f.cell for f in findings if f.level is level))
        if cells:
            more = f" (+{len(cells) - 12})" if len(cells) > 12 else ""
            parts.append(f"{len(cells)} {words[level]}: {', '.join(cells[:12])}{more}")
    return "TEMUAN / FINDINGS: " + "; ".join(parts)


def _files(page: Worksheet, files: Sequence[Sequence[str]]) -> None:
    _head(page, col.FILES, 1)
    for row, file in enumerate(files, start=2):
        for column, text in enumerate(file, start=1):
            _put(page.cell(row, column), text).alignment = Alignment(vertical="top", wrap_text=True)  # type: ignore[arg-type]
    page.freeze_panes = "A2"


def _head(page: Worksheet, columns: Sequence[col.Column], row: int) -> None:
    for number, column in enumerate(columns, start=1):
        head = _put(page.cell(row, number), column.heading)  # type: ignore[arg-type]
        head.font, head.fill = Font(name=_FONT, bold=True), _HEAD
        head.alignment = Alignment(vertical="top", wrap_text=True)
        page.column_dimensions[head.column_letter].width = column.width
    _raise_row(page, row, ((column.heading, column.width) for column in columns))


def _raise_row(page: Worksheet, row: int, texts: Iterable[tuple[str, int]]) -> None:
    """Not every program makes a row as high as its wrapped text."""
    lines = max(sum(1 + len(part) // width for part in text.split("\n")) for text, width in texts)
    page.row_dimensions[row].height = min(_LINE_POINTS * lines, _MOST_POINTS)


def _fill(cell: Cell, typed: Typed) -> Cell:
    if typed.kind == "number":
        cell.value = typed.value
        return cell
    if typed.kind == "percent":
        # As the person saw it: as a bare number it would be taken for another the next time.
        return _put(cell, f"{typed.value:.2%}")
    return _put(cell, str("" if typed.value is None else typed.value), text=cell.column_letter != col.VALUE)


def _put(cell: Cell, value: str, *, text: bool = True) -> Cell:
    said = fitted_text(value)
    if said:
        # Excel would read _x0041_ as the letter A.
        cell.value = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", said)
        cell.data_type = "s"  # a title that begins with "=" is a title, not a formula
    if text:
        cell.number_format = "@"
    return cell
