"""The annual report: whole for long and short data, marked, and every number that it shows is the release's."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ranham.release.content import Figure, ReleaseContent
from ranham.release.documents import annual_report
from ranham.release.documents.indonesian import count, percent
from ranham.release.documents.selection import Selection, title
from ranham.release.service_report import ServiceFigure, ServiceReport
from tests.release.documents.reading import REPLACEMENT, Page, outside, pages
from tests.release.made import made_up, year_of

B04, B08, B12 = (made_up(f"2025-{code}") for code in ("B04", "B08", "B12"))
SERVICE = ServiceReport(
    "RANHAM-V:2025-B08",
    datetime(2025, 9, 30, tzinfo=UTC),
    simulated=True,
    figures=(
        ServiceFigure("verification_days_median", Decimal("3.25"), "days", 1234, "verified reports"),
        ServiceFigure("reminders_delivered", Decimal("98.04"), "percent", 1224, "reminders decided to be sent", 1200),
        ServiceFigure("reminders_withdrawn", Decimal(24), "reminders", 1224, "reminders decided to be sent"),
    ),
)


@pytest.fixture(scope="module")
def whole() -> list[Page]:
    return pages(annual_report(B08, periods=[B04, B12], service=[SERVICE]))


def words(found: list[Page]) -> str:
    return " ".join(page.words for page in found)


def only_national() -> ReleaseContent:
    return replace(B08, units=(), figures=tuple(f for f in B08.figures if f.level == "national" and not f.action)[:4])


@pytest.mark.parametrize(
    ("content", "periods", "least"),
    [
        (B08, [], 18),
        (year_of(B12), [B04, B08, B12], 18),
        (only_national(), [], 5),
        (replace(B08, units=(), figures=()), [], 5),
    ],
    ids=["period", "year", "national only", "empty"],
)
def test_nothing_leaves_the_page_and_no_glyph_is_missing(
    content: ReleaseContent, periods: list[ReleaseContent], least: int
) -> None:
    found = pages(annual_report(content, periods=periods))
    assert len(found) >= least
    for number, page in enumerate(found, start=1):
        assert outside(page) == []
        assert page.unmapped == 0
        assert REPLACEMENT not in page.text
        assert f"Halaman {number} dari {len(found)}" in page.words


def test_every_page_carries_number_hash_and_the_simulated_mark(whole: list[Page]) -> None:
    for page in whole:
        assert B08.header.number in page.text
        assert B08.header.content_hash in page.text.replace("\r\n", "")
        assert "SIMULASI" in page.text


def test_real_data_are_not_called_simulated_but_one_simulated_companion_marks_all() -> None:
    real = made_up("2025-B08", simulated=False)
    assert "SIMULASI" not in words(pages(annual_report(real)))
    assert all("SIMULASI" in page.text for page in pages(annual_report(real, periods=[B04])))


def test_all_38_provinces_and_514_regencies_are_in_the_tables(whole: list[Page]) -> None:
    table = words(whole[3:6])
    provinces = [unit for unit in B08.units if unit.level == "province"]
    regencies = [unit for unit in B08.units if unit.level == "regency"]
    assert (len(provinces), len(regencies)) == (38, 514)
    assert [title(unit) for unit in provinces if f"{unit.code} {title(unit)}" not in table] == []
    said = words(whole)
    assert [unit.code for unit in regencies if f"{unit.code} {title(unit)}" not in said] == []


def test_the_totals_are_those_of_the_release(whole: list[Page]) -> None:
    said = words(whole)
    for scope in ("ministries", "provinces", "regencies", "pooled"):
        for name in ("participation", "completeness", "on_time", "achievement", "verified"):
            figure = Selection(B08).national(name, scope)
            assert figure is not None
            assert f"{count(figure.numerator)} / {count(figure.denominator)}" in said
            assert percent(figure) in said
    assert "3,25 hari" in said
    assert "98,04 % 1.200 dari 1.224 pengingat yang diputuskan untuk dikirim" in said
    assert "Pengingat yang ditarik sebelum dikirim 24 pengingat" in said


def test_silent_units_are_in_the_red_list_and_the_map_names_every_province(whole: list[Page]) -> None:
    said = words(whole)
    chosen = Selection(B08)
    red = said[said.index("Kementerian/lembaga: 0 dari 28 tidak melapor") :]
    for level in ("province", "regency"):
        silent = chosen.silent(level)
        assert silent
        assert f"{len(silent)} dari {len(chosen.obliged(level))} tidak melapor" in red
        assert [title(unit) for unit in silent if title(unit) not in red] == []
    assert all(short in said for short in ("Sumut", "Jateng", "NTT", "Kaltara", "Papeg", "PBD"))


def test_more_than_there_can_be_is_said_and_not_clipped() -> None:
    impossible = Figure(
        "national", None, "Indonesia", "pooled", None, None, "participation", 544, 514, "obliged reporting units"
    )
    said = words(pages(annual_report(replace(B08, units=(), figures=(impossible,)))))
    assert "544 / 514 TIDAK MUNGKIN" in said
    assert "105,84 %" in said


def test_a_year_shows_annual_scores_and_the_figures_of_its_last_period() -> None:
    said = words(pages(annual_report(year_of(B12), periods=[B04, B08, B12])))
    assert "Presiden Republik Indonesia" in said
    assert "Nilai tahunan rata-rata, dari 100" in said
    assert f"Angka menurut rilis {B12.header.number}" in said
    assert all(each.header.content_hash in said.replace(" ", "") for each in (B04, B08, B12))


def test_a_territory_with_34_provinces_leaves_four_tiles_empty() -> None:
    before = made_up("2022-B08", day=date(2022, 9, 1))
    said = words(pages(annual_report(before)))
    assert sum(unit.level == "province" for unit in before.units) < 38
    assert "Papeg –" in said


def test_the_same_release_gives_the_same_bytes() -> None:
    assert annual_report(B08, periods=[B04]) == annual_report(B08, periods=[B04])
