"""Sheets, columns and words of a report's workbook: one table that the writer and the reader share."""

from dataclasses import dataclass
from decimal import Decimal

from openpyxl.utils import get_column_letter

from ranham.submission.models.revision import Answer
from ranham.submission.states import State

GUIDE, ANSWERS, EVIDENCE, MACHINE = "Petunjuk", "Laporan", "Data dukung", "_ranham"
"""Titles of the sheets; the last is very hidden."""

HEAD_ROW = 3
"""Above the heading of `Laporan` stand a title and the summary of what was found."""
FIRST_ROW = HEAD_ROW + 1
GUIDE_WIDTHS = (26, 100)


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    width: int


FIXED = (
    Column("Kode Aksi", 10),
    Column("Aksi HAM", 44),
    Column("Nomor", 8),
    Column("Ukuran Keberhasilan", 50),
    Column("Satuan", 14),
    Column("Wajib", 8),
    Column("Data Dukung Diminta", 24),
    Column("Jawaban Periode Lalu", 16),
    Column("Nilai Periode Lalu", 12),
    Column("Status", 28),
)
TYPED = (Column("Jawaban", 18), Column("Nilai", 14), Column("Catatan", 54))
"""The only cells that people write in."""
COLUMNS = (*FIXED, *TYPED)
CODE, TITLE, NUMBER, TEXT, UNIT, REQUIRED, KINDS, EARLIER, EARLIER_VALUE, STATUS, ANSWER, VALUE, NOTE = (
    get_column_letter(at) for at in range(1, len(COLUMNS) + 1)
)
FILES = (Column("Nama Berkas", 50), Column("Jenis", 20), Column("Tanggal Dokumen", 18), Column("Dipakai untuk", 40))

ANSWER_WORDS = {
    Answer.ACHIEVED: "tercapai",
    Answer.PARTLY: "sebagian",
    Answer.NOT_ACHIEVED: "belum tercapai",
    Answer.NIL: "nihil",
    Answer.NOT_APPLICABLE: "tidak berlaku",
}
NEED_REASON = (Answer.NIL, Answer.NOT_APPLICABLE)
STATE_WORDS = {
    State.NOT_STARTED: "belum dimulai",
    State.DRAFT: "draf",
    State.SUBMITTED: "terkirim",
    State.UNDER_VERIFICATION: "sedang diverifikasi",
    State.RETURNED: "dikembalikan",
    State.RESUBMITTED: "dikirim ulang",
    State.VERIFIED: "terverifikasi",
    State.FINAL: "final",
    State.REOPENED: "dibuka kembali",
}


def answer_words(answer: Answer | None) -> str:
    return ANSWER_WORDS[answer] if answer else ""


def number_words(value: Decimal | None) -> str:
    """Without the zeros that say nothing: 50, not 50.0000."""
    return "" if value is None else f"{value.normalize():f}"
