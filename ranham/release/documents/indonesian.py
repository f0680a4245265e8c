"""How numbers, days and the names of figures are written in Indonesian."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ranham.release.content import Figure, Header

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip

FIGURES = {
    "participation": "Partisipasi",
    "completeness": "Kelengkapan",
    "substantive_completeness": "Kelengkapan substantif",
    "on_time": "Tepat waktu",
    "on_time_within_extension": "Tepat waktu dalam perpanjangan",
    "late": "Terlambat",
    "achievement": "Capaian",
    "verified": "Terverifikasi",
    "mean_score": "Nilai rata-rata",
    "annual_score": "Nilai tahunan rata-rata",
}
"""In the order of a table; a figure that is not named here keeps its own name and comes last."""
DENOMINATORS = {
    "obliged reporting units": "instansi wajib lapor",
    "obligations": "kewajiban pelaporan",
    "obliged reporting units x 10000 basis points": "instansi wajib lapor × nilai penuh",
}
SCOPES = {
    "ministries": "K/L",
    "provinces": "Provinsi",
    "regencies": "Kabupaten/kota",
    "pooled": "Gabungan",
}
STATES = {
    "provisional": "sementara",
    "proposed": "diusulkan",
    "signed_off": "disahkan",
    "published": "terbit",
    "superseded": "digantikan",
    "dropped": "dibatalkan",
}
TYPES = {
    "kabupaten": "Kabupaten ",
    "kota": "Kota ",
    "kabupaten_administrasi": "Kabupaten Administrasi ",
    "kota_administrasi": "Kota Administrasi ",
}
NONE = "–"


def count(number: int) -> str:
    """3048 -> 3.048."""
    return f"{number:,}".replace(",", ".")


def decimal(number: Decimal | None) -> str:
    """Two decimals with a comma; a dash where there is nothing to divide by."""
    return NONE if number is None else f"{number:.2f}".replace(".", ",")


def percent(figure: Figure | None) -> str:
    return NONE if figure is None or figure.percent is None else f"{decimal(figure.percent)} %"


def ratio(figure: Figure | None) -> str:
    """Numerator / denominator, or of scores their mean; what cannot be is said and never hidden."""
    if figure is None:
        return NONE
    said = f"{count(figure.numerator)} / {count(figure.denominator)}"
    return f"{said} TIDAK MUNGKIN" if figure.impossible else said


def day(when: date) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def local_day(when: datetime) -> str:
    """The day in Jakarta."""
    return day(when.astimezone(ZoneInfo("Asia/Jakarta")).date())


def figure_name(figure: str) -> str:
    return FIGURES.get(figure, figure.replace("_", " "))


def denominator_name(name: str) -> str:
    return DENOMINATORS.get(name, name)


def span(header: Header) -> str:
    """What a release is about: a year, or a period."""
    if header.kind == "year" or header.closing_month is None:
        return f"Tahun {header.year}"
    return f"Periode {header.label.rpartition('-')[2]} Tahun {header.year} (s.d. {MONTHS[header.closing_month - 1]})"
