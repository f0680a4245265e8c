"""What a hostile workbook may hold: it is refused with the reason, before anything of it is opened, and costs little."""

import contextlib
import random
import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission import workbook
from ranham.submission.workbook import Level, WorkbookRefused
from tests.submission.answers_file import count
from tests.submission.workbook.paper import FILLED, answers, changed, codes, filled, made, part, take, with_part

SHEET = "xl/worksheets/sheet2.xml"
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
BILLION = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{LAUGHS}]><w>&l9;</w>'
FETCHING = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "/etc/passwd">]><w>&x;</w>'
LINK = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="http://127.0.0.1/x" TargetMode="External"/></Relationships>'
)


def refused(session: Session, data: bytes, why: str) -> None:
    with pytest.raises(WorkbookRefused, match=why):
        take(session, data)
    assert count(session, "report") == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("content", [BILLION, FETCHING, "<!DOCTYPE w><w/>"], ids=["billion", "fetching", "dtd"])
@pytest.mark.parametrize("name", [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "customXml/item1.xml"])
def test_a_dtd_or_entities_are_refused_wherever_they_stand(
    name: str, content: str, encoding: str, small_session: Session, b08: PeriodInfo
) -> None:
    data = with_part(made(small_session, b08), name, content.encode(encoding), instead=True)
    refused(small_session, data, "a DTD or entities in " + name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/macrosheets/sheet1.xml", "macros"),
        ("xl/embeddings/oleObject1.bin", "embedded objects"),
        ("xl/activeX/activeX1.xml", "embedded objects"),
        ("xl/externalLinks/externalLink1.xml", "links to other files"),
        ("xl/connections.xml", "links to other files"),
        ("xl/media/invoice.exe", "embedded files"),
        ("../evil.xml", "the part"),
    ],
)
def test_parts_that_a_report_never_holds_are_refused(
    name: str, why: str, small_session: Session, b08: PeriodInfo
) -> None:
    refused(small_session, with_part(made(small_session, b08), name, b"<x/>"), why)


def test_a_workbook_with_macros_is_refused_by_its_kind(small_session: Session, b08: PeriodInfo) -> None:
    data = made(small_session, b08)
    kinds = part(data, "[Content_Types].xml").replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
    assert b"macroEnabled" in kinds
    refused(small_session, with_part(data, "[Content_Types].xml", kinds, instead=True), "a workbook with macros")


def test_links_out_of_the_file_are_refused_but_not_an_address_in_a_note(
    small_session: Session, b08: PeriodInfo
) -> None:
    data, name = filled(made(small_session, b08), FILLED), "xl/worksheets/_rels/sheet2.xml.rels"
    refused(small_session, with_part(data, name, LINK.format(kind="oleObject").encode()), "an external link")
    assert take(small_session, with_part(data, name, LINK.format(kind="hyperlink").encode())).answers_written == 2


def test_a_part_that_blows_up_is_refused(small_session: Session, b08: PeriodInfo) -> None:
    data = made(small_session, b08)
    refused(small_session, with_part(data, "xl/media/image1.png", b"\0" * (5 << 20)), "a part that blows up")
    many = data
    with zipfile.ZipFile(out := BytesIO(many), "a") as parts:
        for number in range(200):
            parts.writestr(f"docProps/{number}.xml", "<x/>")
    refused(small_session, out.getvalue(), "parts")


def test_a_size_that_is_told_smaller_than_it_is_does_not_pass(small_session: Session, b08: PeriodInfo) -> None:
    data = with_part(made(small_session, b08), "xl/media/image1.png", b"\0" * (5 << 20))
    lied = data.replace((5 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lied != data
    refused(small_session, lied, "no whole workbook")


def test_elements_without_end_are_refused(small_session: Session, b08: PeriodInfo) -> None:
    deep = b"<a>" * 1_000 + b"</a>" * 1_000
    refused(small_session, with_part(made(small_session, b08), "customXml/item1.xml", deep), "too deep")
    many = b"<a>" + b"".join(b'<b c="%d"/>' % (n * 7919) for n in range(210_000)) + b"</a>"
    refused(small_session, with_part(made(small_session, b08), "customXml/item1.xml", many), "too many elements")


def test_whatever_is_changed_in_its_parts_it_is_read_or_refused(small_session: Session, b08: PeriodInfo) -> None:
    data, chance = filled(made(small_session, b08), FILLED), random.Random(2022)
    with zipfile.ZipFile(BytesIO(data)) as parts:
        names = [name for name in parts.namelist() if name.endswith((".xml", ".rels"))]
    for _ in range(80):
        name = chance.choice(names)
        content = bytearray(part(data, name))
        spans = [match.span() for match in re.finditer(rb'(?<=[">])[^<>"]+(?=["<])', bytes(content))]
        start, end = chance.choice(spans)
        content[start:end] = chance.choice(
            [b"-1", b"9" * 5_000, b"1e400", b"", b"XFE1", b"e", b"b", b"_xD800_", b"<x>"]
        )
        with contextlib.suppress(WorkbookRefused):
            workbook.marked(with_part(data, name, bytes(content), instead=True), [])


def test_a_part_twice_and_an_encrypted_part_are_refused(small_session: Session, b08: PeriodInfo) -> None:
    data = made(small_session, b08)
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = with_part(data, SHEET, b"<x/>")
    refused(small_session, twice, "a part twice")
    locked = bytearray(data)
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    refused(small_session, bytes(locked), "an encrypted part")


def test_rows_and_columns_far_out_cost_nothing(small_session: Session, b08: PeriodInfo) -> None:
    def far(book: Workbook) -> None:
        book["Laporan"]["XFD1048576"] = "x"

    assert take(small_session, changed(filled(made(small_session, b08), FILLED), far)).answers_written == 2


@pytest.mark.parametrize("cell", ["K4", "L4", "M4"])
def test_a_formula_in_a_cell_to_fill_in_is_refused_and_comes_back_as_text(
    cell: str, small_session: Session, b08: PeriodInfo
) -> None:
    data = filled(made(small_session, b08), FILLED | {cell: '=HYPERLINK("http://127.0.0.1","x")'})
    # As a spreadsheet leaves it: with the value that it computed.
    cached = with_part(data, SHEET, part(data, SHEET).replace(b"</f><v />", b"</f><v>40</v>"), instead=True)
    assert b"</f><v>40</v>" in part(cached, SHEET)
    receipt = take(small_session, cached)
    assert (receipt.answers_written, codes(receipt)) == (0, [(cell, "formula")])
    back = answers(workbook.marked(cached, receipt.findings))
    assert (back[cell].data_type, str(back[cell].value)[:11]) == ("s", "=HYPERLINK(")


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("K4", "mungkin", "answer_unknown"),
        ("K4", "#REF!", "spreadsheet_error"),
        ("L4", "7,5", "value_not_a_number"),
        ("L4", "1.234", "value_not_a_number"),
        ("L4", "40 orang", "value_not_a_number"),
        ("L4", True, "value_not_a_number"),
        ("L4", 1.23456, "value_not_a_number"),
        ("L4", 1e300, "value_not_a_number"),
        ("L4", 10**15, "value_not_a_number"),
        ("L4", "#N/A", "spreadsheet_error"),
        ("M4", "a" * 32_500, "note_too_long"),
    ],
)
def test_a_cell_that_says_nothing_clear_is_a_finding(
    cell: str, value: Any, code: str, small_session: Session, b08: PeriodInfo
) -> None:
    receipt = take(small_session, filled(made(small_session, b08), {"K4": "sebagian", cell: value}))
    assert [(f.cell, f.code, f.level) for f in receipt.findings] == [(cell, code, Level.ERROR)]


def test_a_date_and_a_percentage_are_no_numbers(small_session: Session, b08: PeriodInfo) -> None:
    def typed(book: Workbook) -> None:
        sheet = book["Laporan"]
        sheet["L4"], sheet["L5"] = 44_562, 0.5
        sheet["L4"].number_format, sheet["L5"].number_format = "d/m/yyyy", "0%"

    receipt = take(small_session, changed(made(small_session, b08), typed))
    assert codes(receipt) == [("L4", "value_not_a_number"), ("L5", "value_percent")]


@pytest.mark.parametrize("number", [b"9" * 400, b"-" + b"9" * 400, b"1e400"])
@pytest.mark.parametrize("percent", [False, True])
def test_a_number_beyond_all_numbers_is_a_finding_and_comes_back(
    number: bytes, percent: bool, small_session: Session, b08: PeriodInfo
) -> None:
    def typed(book: Workbook) -> None:
        book["Laporan"]["L4"].number_format = "0%" if percent else "General"

    data = changed(filled(made(small_session, b08), {"K4": "sebagian", "L4": 12345678}), typed)
    sheet = part(data, SHEET).replace(b"<v>12345678</v>", b"<v>" + number + b"</v>")
    data = with_part(data, SHEET, sheet, instead=True)
    receipt = take(small_session, data)
    assert codes(receipt) == [("L4", "value_not_a_number")]
    back = workbook.marked(data, receipt.findings)
    assert codes(take(small_session, back)) == [("L4", "value_not_a_number")]
