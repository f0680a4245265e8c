"""Columns of the flat formats: name, kind and what they mean, in both languages. One place for files, sheets and docs."""

from typing import NamedTuple


class Column(NamedTuple):
    name: str
    kind: str
    """text, integer, decimal or boolean."""
    required: bool
    indonesian: str
    english: str
    meaning: str


FIGURES = (
    Column("position", "integer", True, "Nomor", "Position", "Order of the figure in the release, from 1."),
    Column("level", "text", True, "Tingkat", "Level", "national, ministry, province, regency or office."),
    Column("unit_code", "text", False, "Kode", "Code", "Code of the unit or key of the office, a text (01.10 keeps its zero); empty for the nation."),
    Column("unit_name", "text", True, "Instansi", "Unit", "Name, with the type before it."),
    Column("scope", "text", True, "Cakupan", "Scope", "Whose obligations are counted: own, regencies, provinces, ministries or pooled."),
    Column("target_group", "text", False, "Kelompok sasaran", "Target group", "Empty: all of them. (none): actions without one."),
    Column("action", "text", False, "Aksi", "Action", "Code of the action; empty: all of them."),
    Column("figure", "text", True, "Ukuran", "Figure", "participation, completeness, achievement, ..."),
    Column("numerator", "integer", False, "Pembilang", "Numerator", "Empty only where it is suppressed."),
    Column("denominator", "integer", False, "Penyebut", "Denominator", "Empty only where it is suppressed."),
    Column("denominator_name", "text", True, "Nama penyebut", "Denominator's name", "What the denominator counts."),
    Column("percent", "decimal", False, "Persen", "Percent", "Numerator x 100 / denominator, two decimals, half up; empty where the denominator is zero or a value is suppressed. Never clipped at 100."),
    Column("impossible", "boolean", True, "Mustahil", "Impossible", "The numerator is above the denominator: an error that is shown."),
    Column("suppressed", "boolean", True, "Disembunyikan", "Suppressed", "A value is hidden by the small-cell rule."),
    Column("release", "text", True, "Rilis", "Release", "Number of the release."),
    Column("simulated", "boolean", True, "Simulasi", "Simulated", "Made from simulated reports, not real ones."),
)  # fmt: skip

UNITS = (
    Column("code", "text", False, "Kode", "Code", "Empty for a unit that did not stand on the territory's day."),
    Column("name", "text", True, "Nama", "Name", "Without the type before it; of an office its name."),
    Column("type", "text", True, "Jenis", "Type", "kabupaten, kota, provinsi, ... or office."),
    Column("level", "text", True, "Tingkat", "Level", "ministry, province, regency or office."),
    Column("parent_code", "text", False, "Kode induk", "Parent's code", "Province of a regency/city, as of the territory's day."),
    Column("office_key", "text", False, "Kanwil", "Office", "Regional office that verifies it, as of the territory's day."),
)  # fmt: skip

ACTIONS = (
    Column("code", "text", True, "Kode", "Code", "Code of the action, as in the figures."),
    Column("title", "text", True, "Judul", "Title", "As the plan has it, in Indonesian."),
    Column("target_group", "text", True, "Kelompok sasaran", "Target group", "(none): it has none."),
)
ACTION_TITLE = Column("action_title", "text", False, "Judul aksi", "Title of the action", "As the plan has it; empty: all of them.")  # fmt: skip

FIGURE_NAMES = {
    "participation": ("Partisipasi", "Participation"),
    "completeness": ("Kelengkapan", "Completeness"),
    "substantive_completeness": ("Kelengkapan substantif", "Substantive completeness"),
    "on_time": ("Tepat waktu", "On time"),
    "on_time_within_extension": ("Tepat waktu dalam perpanjangan", "On time within an extension"),
    "late": ("Terlambat", "Late"),
    "achievement": ("Capaian", "Achievement"),
    "verified": ("Terverifikasi", "Verified"),
    "mean_score": ("Nilai rata-rata", "Mean score"),
    "annual_score": ("Nilai tahunan", "Annual score"),
}


def figure_name(figure: str) -> str:
    """Both languages; a figure that is new here shows its own name."""
    return " / ".join(FIGURE_NAMES.get(figure, (figure,)))
