"""The sheets and columns of the workbook: one table that the writer and the reader share.

Headings are Indonesian, as in the Matriks Aksi HAM. Child rows name their parents by key (year, level, action).
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "code", "int", "number", "bool", "date", "list", "include", "links", "tiers", "time"]
"""`code` is text that must not be a number in the cell: 31.10 would become 31.1."""


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    field: str
    """Dotted where the record has a part of its own: `window.opens_on`."""
    kind: Kind = "text"
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    columns: tuple[Column, ...]
    parents: tuple[str, ...] = ()
    """The fields by which a row names the record that it belongs to."""


YEAR = Column("Tahun", "year", "int", 8)
LEVEL = Column("Tingkat", "level", "code", 12)
CODE = Column("Kode", "code", "code", 14)

REGULATION = Sheet("Peraturan", (
    Column("Versi Skema", "schema_version", "int"),
    CODE,
    Column("Generasi", "generation"),
    Column("Judul", "title", width=60),
    Column("Instrumen", "instrument", width=22),
    Column("Diubah dengan", "amended_by", "list", 24),
    Column("Berlaku dari Tahun", "valid_from_year", "int"),
    Column("Berlaku sampai Tahun", "valid_to_year", "int"),
    Column("Terverifikasi", "verified", "bool"),
))  # fmt: skip
ARTICLES = Sheet("Pasal", (Column("Nomor", "number"), Column("Ringkasan", "summary", width=80)))
GROUPS = Sheet("Kelompok Sasaran", (
    CODE, Column("Nama (Indonesia)", "name_id", width=36), Column("Nama (Inggris)", "name_en", width=36),
))  # fmt: skip
OBJECTIVES = Sheet("Sasaran Strategis", (
    CODE, Column("Teks (Indonesia)", "text_id", width=60), Column("Teks (Inggris)", "text_en", width=60),
))  # fmt: skip
BODIES = Sheet("Kementerian Lembaga", (CODE, Column("Nama", "name", width=60)))
YEARS = Sheet("Tahun", (YEAR, Column("Wilayah per Tanggal", "territory_as_of", "date", 20)))
PERIODS = Sheet("Periode", (
    YEAR,
    CODE,
    Column("Bulan Penutup", "closing_month", "int"),
    Column("Masa Dibuka", "window.opens_on", "date"),
    Column("Masa Ditutup", "window.closes_on", "date"),
    Column("Aturan Zona Waktu", "window.zone_rule", "code", 20),
    Column("Masa Terverifikasi", "window.verified", "bool", 20),
    Column("Catatan Masa", "window.note", width=60),
    Column("Verifikasi Mulai", "verification.starts_on", "date"),
    Column("Verifikasi Selesai", "verification.ends_on", "date"),
), parents=("year",))  # fmt: skip
OBLIGED = Sheet("Kewajiban", (YEAR, LEVEL, Column("Mencakup", "include", "include", 40)), ("year",))
EXCLUDED = Sheet("Pengecualian", (
    YEAR, LEVEL, Column("Sistem Kode", "code_system", "code"), CODE, Column("Alasan", "reason", width=80),
), parents=("year", "level"))  # fmt: skip
ACTIONS = Sheet("Aksi", (
    YEAR,
    CODE,
    Column("Sasaran Strategis", "objective", "code", 20),
    Column("Kelompok Sasaran", "target_group", "code", 20),
    Column("Aksi HAM", "title_id", width=60),
    Column("Aksi HAM (Inggris)", "title_en", width=40),
    Column("Teks Ada dalam Sumber", "text_in_sources", "bool", 22),
    Column("Tingkat", "levels", "list", 26),
    Column("Unit K/L", "units", "list"),
    Column("Penanggung Jawab", "responsible", "list", 30),
    Column("Instansi Terkait", "supporting", "list", 30),
    Column("Kriteria Keberhasilan", "success_criterion", width=50),
    Column("Tautan", "links", "links", 24),
), parents=("year",))  # fmt: skip
MEASURES = Sheet("Ukuran", (
    YEAR,
    Column("Kode Aksi", "action", "code"),
    Column("Periode", "period", "code"),
    Column("Nomor", "number", "int", 8),
    Column("Ukuran Keberhasilan", "text_id", width=60),
    Column("Satuan", "unit_of_measure"),
    Column("Nilai Minimum", "value_min", "number"),
    Column("Nilai Maksimum", "value_max", "number"),
    Column("Wajib", "required", "bool", 8),
    Column("Data Dukung", "evidence", "list", 40),
    Column("Teks Ada dalam Sumber", "text_in_sources", "bool", 22),
), parents=("year", "action"))  # fmt: skip
SCORING = Sheet("Penilaian", (
    YEAR,
    Column("Bobot Administrasi (bp)", "administrative_weight_bp", "int", 24),
    Column("Bobot Substansi (bp)", "substantive_weight_bp", "int", 24),
    Column("Tidak Lapor Bernilai Nol", "missing_scores_zero", "bool", 24),
    Column("Hijau mulai (bp)", "green_from_bp", "int"),
    Column("Merah di bawah (bp)", "red_below_bp", "int", 20),
    Column("Aturan Tahunan", "annual_rule", "code"),
    Column("Belum Terverifikasi", "unverified", "list", 60),
), parents=("year",))  # fmt: skip
VERIFICATION = Sheet("Verifikasi", (
    YEAR,
    Column("Tahap (nama:hari:eskalasi)", "tiers", "tiers", 36),
    Column("Pengembalian Terbanyak", "max_rounds", "int", 24),
    Column("Hari Perbaikan", "return_days", "int"),
    Column("Bagian Pembacaan Kedua (bp)", "second_reading_share_bp", "int", 28),
    Column("Nilai Terpenuhi Sebagian (bp)", "partly_fulfilled_bp", "int", 28),
    Column("Belum Terverifikasi", "unverified", "list", 60),
), parents=("year",))  # fmt: skip
LADDER = Sheet("Pengingat", (
    YEAR,
    Column("Jam Kerja dari", "working_from", "time"),
    Column("Jam Kerja sampai", "working_to", "time"),
    Column("Belum Terverifikasi", "unverified", "list", 60),
), parents=("year",))  # fmt: skip
RUNGS = Sheet("Anak Tangga", (
    YEAR,
    CODE,
    Column("Jangkar", "anchor", "code"),
    Column("Hari", "days", "int", 8),
    Column("Pukul", "at", "time", 8),
    Column("Penerima", "audience", "list", 36),
    Column("Syarat", "condition", "code"),
    Column("Rekapitulasi", "digest", "bool"),
    Column("Hanya Jam Kerja", "working_hours", "bool"),
    Column("Bila Terlewat", "when_missed", "code", 20),
    Column("Saluran", "channels", "list", 24),
    Column("Templat", "template", "code"),
    Column("Surat", "letter", "bool", 8),
    Column("Juga setelah Ditutup", "after_close", "bool", 20),
    Column("Periode", "periods", "list"),
), parents=("year",))  # fmt: skip

SHEETS = (
    REGULATION, ARTICLES, GROUPS, OBJECTIVES, BODIES, YEARS, PERIODS, OBLIGED, EXCLUDED, ACTIONS, MEASURES, SCORING,
    VERIFICATION, LADDER, RUNGS,
)  # fmt: skip
