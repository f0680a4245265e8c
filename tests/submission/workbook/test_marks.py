"""The workbook that comes back: every cell as it was typed, marks where something is wrong, and a summary on top."""

import string
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission import drafts, workbook
from ranham.submission.drafts import DraftContent
from ranham.submission.models import Answer
from ranham.submission.states import State
from ranham.submission.workbook.book import Book, fitted, stamp_of
from ranham.submission.workbook.cells import row_of, understand
from ranham.submission.workbook.desk import Asked
from ranham.submission.workbook.make import line_of
from ranham.submission.workbook.read import read
from ranham.submission.workbook.write import write
from tests.submission.desk import begun, measure, operator
from tests.submission.workbook.paper import FILLED, answers, codes, filled, made, opened, take
from tests.submission.workbook.test_take import draft

RED, ORANGE = "00FF9C9C", "00FFD08A"


def test_wrong_cells_are_coloured_and_say_why(small_session: Session, b08: PeriodInfo) -> None:
    data = filled(made(small_session, b08), FILLED | {"L6": "banyak", "K7": "sebagian"})
    receipt = take(small_session, data)
    sheet = answers(workbook.marked(data, receipt.findings))
    assert sheet["L6"].fill.fgColor.rgb == RED
    assert sheet["L6"].comment is not None
    assert "bukan angka" in sheet["L6"].comment.text
    assert "not a number" in sheet["L6"].comment.text
    assert sheet["G7"].fill.fgColor.rgb == sheet["K8"].fill.fgColor.rgb == ORANGE
    assert str(sheet["A2"].value).startswith("TEMUAN / FINDINGS: 1 tidak tersimpan / not saved: L6; 2 harus dilengkapi")
    assert [sheet[cell].value for cell in FILLED] == list(FILLED.values())
    assert sheet["L6"].value == "banyak"
    assert sheet.protection.sheet
    assert not sheet["L6"].protection.locked


def test_a_marked_workbook_is_corrected_and_sent_again(small_session: Session, b08: PeriodInfo) -> None:
    data = filled(made(small_session, b08), FILLED | {"L6": "banyak"})
    back = workbook.marked(data, take(small_session, data).findings)
    assert take(small_session, back).answers_written == 0
    receipt = take(small_session, filled(back, {"L6": 3, "K6": "tercapai"}))
    assert (receipt.answers_written, receipt.refused) == (3, False)


def test_what_a_mark_asks_for_is_put_right_in_the_marked_workbook(small_session: Session, b08: PeriodInfo) -> None:
    data = filled(made(small_session, b08), FILLED | {"K5": "nihil", "L5": None, "M5": None})
    receipt = take(small_session, data)
    assert (receipt.answers_written, codes(receipt)[1]) == (2, ("M5", "reason_missing"))
    back = workbook.marked(data, receipt.findings, stands=receipt.stands)
    receipt = take(small_session, filled(back, {"M5": "tidak ada penerima", "L4": 60}))
    assert (receipt.answers_written, receipt.refused) == (2, False)
    assert draft(small_session) == {1: ("achieved", 60, None), 2: ("nil", None, "tidak ada penerima")}


def test_a_marked_workbook_hides_nothing_that_others_wrote_afterwards(small_session: Session, b08: PeriodInfo) -> None:
    data = filled(made(small_session, b08), FILLED)
    receipt = take(small_session, data)
    back = workbook.marked(data, receipt.findings, stands=receipt.stands)
    report, theirs = begun(small_session, b08), DraftContent(Answer.NIL, None, "kata orang lain")
    drafts.save_answer(small_session, report, measure(small_session, b08, 1), theirs, operator(), seen_version=1)
    assert codes(take(small_session, filled(back, {"L4": 60}))) == [("K4", "conflict")]
    assert draft(small_session)[1] == ("nil", None, "kata orang lain")


def test_who_was_told_of_anothers_words_decides_by_sending_again(small_session: Session, b08: PeriodInfo) -> None:
    data = filled(made(small_session, b08), FILLED)
    report = begun(small_session, b08)
    theirs = DraftContent(Answer.NIL, None, "kata orang lain")
    drafts.save_answer(small_session, report, measure(small_session, b08, 1), theirs, operator(), seen_version=None)
    back = workbook.marked(data, take(small_session, data).findings)
    assert "kata orang lain" in str(answers(back)["K4"].comment)
    assert codes(take(small_session, data)) == [("K4", "conflict")]
    assert take(small_session, back).answers_written == 2
    assert draft(small_session)[1] == ("achieved", 50, None)


@pytest.mark.parametrize("note", ["=1+1", "_x0041_", "baris\r\nkedua", "'petik", "@a", "a\x00\x0bb", " tepi "])
def test_a_note_comes_back_as_it_is(note: str, small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    said = DraftContent(Answer.PARTLY, None, note.replace("\x00", ""))
    drafts.save_answer(small_session, report, measure(small_session, b08, 1), said, operator(), seen_version=None)
    data = made(small_session, b08)
    assert take(small_session, data).answers_written == 0
    assert take(small_session, workbook.marked(data, [])).answers_written == 0
    assert opened(data)["Laporan"]["M4"].data_type == "s"


@settings(deadline=None)
@given(
    answer=st.none() | st.sampled_from(Answer),
    value=st.none() | st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=4),
    note=st.none() | st.text(max_size=80) | st.text(alphabet=string.printable + "_x0", max_size=40),
)
def test_whatever_was_answered_is_read_as_it_was_written(
    answer: Answer | None, value: Decimal | None, note: str | None
) -> None:
    content = fitted(DraftContent(answer, value, note))
    asked = Asked(
        obligation_id=1, measure_id=1, action="D1", title=note or "", number=1, text=note or "", unit_of_measure=None,
        required=True, low=None, high=Decimal(100), kinds=(), excuse=None, report_id=None, state=State.NOT_STARTED,
        version=0, period_closed=False, remark=None, draft_begun=False, draft_version=None, raw=content,
        content=content, written=None, earlier=content, simulated=False,
    )  # fmt: skip
    stamp = stamp_of(regulation="R", unit="u", period="2022-B08", now=datetime(2022, 9, 1, tzinfo=UTC), simulated=False)
    book = Book("t", (("a", "b"),), (line_of(asked),), (("f", "k", "", ""),), stamp)
    back = read(write(book), "x.xlsx")
    assert understand(back.lines[0], row_of(0)) == (content, [])
    assert (back.stamp, back.lines[0].stamp, back.guide, back.files) == (
        stamp,
        book.lines[0].stamp,
        book.guide,
        book.files,
    )
    assert back.lines[0].identity[0::2] == tuple(book.lines[0].identity[0::2])
