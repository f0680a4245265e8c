"""One page for each province, whatever it has below it."""

from dataclasses import replace

import pytest

from ranham.kernel.errors import NotFound
from ranham.release.content import ReleaseContent
from ranham.release.documents import province_sheet
from ranham.release.documents.selection import Selection, title
from tests.release.documents.reading import outside, pages
from tests.release.made import made_up, year_of

B04, B08 = made_up("2025-B04"), made_up("2025-B08")


def nobody_reported(content: ReleaseContent) -> ReleaseContent:
    return replace(content, figures=tuple(replace(figure, numerator=0) for figure in content.figures))


@pytest.mark.parametrize("content", [B08, nobody_reported(B08)], ids=["reported", "nobody reported"])
def test_every_province_fits_on_one_page_with_all_that_is_below_it(content: ReleaseContent) -> None:
    chosen = Selection(content)
    for province in chosen.units("province"):
        assert province.code is not None
        found = pages(province_sheet(content, province.code, periods=[B04]))
        assert len(found) == 1
        page = found[0]
        assert outside(page) == []
        assert page.unmapped == 0
        assert "SIMULASI" in page.text
        assert content.header.content_hash in page.text
        assert [title(u) for u in chosen.regencies_of(province) if title(u) not in page.words] == []


def test_a_sheet_names_office_missing_ones_and_own_actions() -> None:
    chosen = Selection(B08)
    page = pages(province_sheet(B08, "33", periods=[B04]))[0]
    silent = [u for u in chosen.silent("regency") if u.parent_code == "33"]
    assert silent
    assert f"Tidak melapor: {len(silent)} dari 35 kabupaten/kota" in page.words
    assert "Verifikasi: Kanwil kanwil-33" in page.words
    assert all(f"D{number} " in page.words for number in range(1, 9))


def test_units_that_need_not_report_have_no_rank() -> None:
    page = pages(province_sheet(B08, "31"))[0]
    assert page.words.count("tidak wajib lapor") == 6
    assert "Tidak ada kabupaten/kota yang wajib lapor" in page.words


def test_a_year_s_sheet_shows_the_annual_score() -> None:
    assert "Nilai tahunan" in pages(province_sheet(year_of(B08), "36", periods=[B08]))[0].words


def test_a_province_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(NotFound, match=r"no province 99; it has 11, 12"):
        province_sheet(B08, "99")
