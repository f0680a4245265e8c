"""From a unit's desk to its workbook, filled with what is answered so far."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.plan.queries import PeriodInfo
from ranham.submission.workbook import desk
from ranham.submission.workbook.book import Book, Line, LineStamp, Typed, fingerprint, fitted_text, stamp_of
from ranham.submission.workbook.columns import answer_words, number_words
from ranham.submission.workbook.desk import Asked
from ranham.submission.workbook.instructions import Occasion, guide, heading, status
from ranham.submission.workbook.write import write
from ranham.territory.queries import UnitAsOf


def make(session: Session, unit: UnitAsOf, period: PeriodInfo, now: datetime) -> bytes:
    """The unit's workbook of a period (.xlsx). Raises `NotFound` when the unit owes nothing."""
    asked = desk.asked(session, unit.unit_id, period)
    if not asked:
        raise NotFound(f"{unit.title} owes nothing in {period.label}, or the year is not frozen yet")
    simulated = any(row.simulated for row in asked)
    occasion = Occasion(unit, period, desk.deadline(session, unit, period), simulated, now)
    stamp = stamp_of(
        regulation=period.regulation,
        unit=desk.key_of(session, unit.unit_id),
        period=period.label,
        now=now,
        simulated=simulated,
    )
    lines = tuple(line_of(row) for row in asked)
    files = tuple(desk.files(session, unit.unit_id, period))
    return write(Book(heading(occasion), guide(occasion, asked), lines, files, stamp))


def line_of(row: Asked) -> Line:
    earlier = row.earlier
    fixed = (
        row.action,
        row.title,
        str(row.number),
        row.text,
        row.unit_of_measure or "",
        "ya" if row.required else "tidak",
        ", ".join(row.kinds),
        answer_words(earlier.answer) if earlier else "",
        number_words(earlier.value) if earlier else "",
        status(row),
    )
    content = row.content
    typed = (Typed(answer_words(content.answer)), _number(content.value), Typed(content.note))
    return Line(
        tuple(map(fitted_text, fixed)),
        typed,
        LineStamp(
            action=row.action,
            number=row.number,
            report=row.version,
            version=row.draft_version,
            base=fingerprint(content),
            open=row.open,
            excused=row.excuse is not None,
            low=None if row.low is None else number_words(row.low),
            high=None if row.high is None else number_words(row.high),
        ),
    )


def _number(value: Decimal | None) -> Typed:
    if value is None:
        return Typed(None)
    return Typed(int(value) if value == int(value) else float(value), "number")
