"""The notification letter: opens, says everything, shows every character, and is the same bytes for the same facts."""

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from ranham.reminder.content.letter import file_name, letter
from ranham.reminder.content.printing import printable
from ranham.reminder.content.words import LANGUAGES, Language
from tests.reminder.content import awkward

EACH = pytest.mark.parametrize("language", LANGUAGES)


def made(language: Language = "id", template: str = "announcement", **more: bool) -> bytes:
    about = awkward.matter(template, **more)
    place = about.unit.named if about.unit else "Kanwil Banten"
    return letter(about, awkward.OFFICE, place=place, language=language, now=awkward.NOW)


def words(pdf: bytes) -> str:
    """Without blanks: where a line breaks is the page's matter."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return squeezed("".join(page.extract_text() for page in pages))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\u00ad-]+", "", text)


@EACH
def test_it_names_the_unit_and_every_action_and_measure(language: Language) -> None:
    said, unit = words(made(language)), awkward.matter("announcement").unit
    assert unit is not None
    assert squeezed(printable(unit.named)) in said
    for action in unit.actions:
        assert squeezed(printable(f"{action.code}{action.title}")) in said
    assert "daftarhadir" in said


@EACH
def test_a_letter_to_an_office_lists_its_units(language: Language) -> None:
    said = words(made(language, "announcement_digest"))
    assert "KanwilBanten" in said
    first, second = (said.index(squeezed(printable(each.named))) for each in sorted(
        awkward.matter("announcement_digest").units, key=lambda unit: unit.code or ""
    ))  # fmt: skip
    assert first < second


def test_deadline_and_verification_are_in_it() -> None:
    said = words(made())
    assert "Selasa,6September2022,pukul24.00WIB" in said
    assert "Rabu,7September2022sampaidenganJumat,9September2022" in said


def test_the_same_facts_are_the_same_bytes_and_the_date_is_that_of_the_day() -> None:
    first = made()
    assert first == made()
    information = PdfReader(io.BytesIO(first)).metadata
    assert information is not None
    assert str(information.creation_date) .startswith("2022-09-03")  # fmt: skip


@EACH
def test_simulated_data_are_labelled_on_every_page(language: Language) -> None:
    label = {"id": "SIMULASI", "en": "SIMULATED"}[language]
    pages = PdfReader(io.BytesIO(made(language, simulated=True))).pages
    assert len(pages) > 1
    assert [label in page.extract_text() for page in pages] == [True] * len(pages)
    assert label not in words(made(language))


def test_a_unit_that_owes_nothing_gets_a_letter_that_opens() -> None:
    assert "Lampiran1" in words(made(empty=True))


def test_a_character_without_a_glyph_is_named() -> None:
    assert printable("中 e\u0301 😀") == "[U+4E2D] é [U+1F600]"


def test_a_long_word_may_break_and_a_short_one_may_not() -> None:
    assert "\u200b" in printable("a" * 30)
    assert printable("ketenagakerjaan") == "ketenagakerjaan"


def test_the_name_of_the_file_says_unit_and_period() -> None:
    assert file_name(awkward.matter("announcement"), "id") == "surat-pemberitahuan-2022-B08-36.01.pdf"


def test_an_office_may_replace_the_letter_and_a_broken_one_is_not_used(tmp_path: Path) -> None:
    own = tmp_path / "letter.typ"
    about = awkward.matter("announcement")
    own.write_text("#let said = json(bytes(sys.inputs.said))\nHalo #said.unit")
    replaced = letter(about, awkward.OFFICE, place="Serang", language="id", now=awkward.NOW, overrides=tmp_path)
    assert words(replaced) == "HaloSerang"
    for broken in ("#nowhere", '#read("/etc/passwd")', '#import "@preview/x:1.0.0": y'):
        own.write_text(broken)
        ours = letter(about, awkward.OFFICE, place="Serang", language="id", now=awkward.NOW, overrides=tmp_path)
        assert "Lampiran1" in words(ours)
