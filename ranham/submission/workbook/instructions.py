"""The sheet `Petunjuk`: until when, in which state, how to fill in and whom to ask. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from ranham.kernel.clock import JAKARTA
from ranham.plan.queries import PeriodInfo
from ranham.submission.workbook.columns import ANSWERS, EVIDENCE, STATE_WORDS
from ranham.submission.workbook.desk import Asked, Deadline
from ranham.territory.queries import UnitAsOf

_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
_ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}
_SIMULATED = "Data dalam lembar ini adalah data simulasi dan tidak menyatakan apa pun tentang instansi mana pun."
_HOW = (
    f"Isi hanya sel kuning pada lembar {ANSWERS}: jawaban (pilih dari daftar), nilai (angka saja), catatan. Sel lain "
    "terkunci; jangan menambah, menghapus, atau mengurutkan baris. Jangan memakai rumus: tempel sebagai nilai. Sel "
    "jawaban yang berwarna merah muda wajib diisi."
)
_ANSWERS = (
    "tercapai, sebagian, belum tercapai; nihil = memang tidak ada, tulis alasannya di catatan; tidak berlaku = di luar "
    "kewenangan, tulis alasannya di catatan."
)
_FILES = f"Data dukung diunggah terpisah. Lembar {EVIDENCE} memuat berkas yang sudah diterima; lembar itu hanya untuk dibaca."
_SEND = (
    "Simpan sebagai .xlsx dan kirim kembali. Isinya masuk ke draf laporan; laporan terkirim setelah dikirim oleh "
    "operator. Sel yang bermasalah dikembalikan dalam lembar yang sama, bertanda warna dan komentar. Bila orang lain "
    "telah mengubah jawaban yang sama, tidak ada yang ditimpa: sel itu ditandai."
)


@dataclass(frozen=True, slots=True)
class Occasion:
    unit: UnitAsOf
    period: PeriodInfo
    deadline: Deadline
    simulated: bool
    now: datetime


def heading(occasion: Occasion) -> str:
    unit = occasion.unit
    label = "SIMULASI - " if occasion.simulated else ""
    code = f" ({unit.code})" if unit.code else ""
    return f"{label}Laporan Aksi HAM {occasion.period.label}: {unit.title}{code}"


def guide(occasion: Occasion, asked: Sequence[Asked]) -> tuple[tuple[str, str], ...]:
    period, deadline = occasion.period, occasion.deadline
    zone = ZoneInfo(occasion.unit.time_zone)
    lines = [("RANHAM", heading(occasion))]
    if occasion.simulated:
        lines.append(("SIMULASI", _SIMULATED))
    lines += [
        ("Periode", f"{period.label}, {period.regulation}; {_state(deadline)}"),
        ("Dibuka", _moment(deadline.opens_at, zone) if deadline.opens_at else "belum diumumkan"),
        ("Batas waktu", _last_minute(deadline.ends_at, zone) if deadline.ends_at else "belum diumumkan"),
    ]
    if deadline.extended_until:
        lines.append(("Perpanjangan", _last_minute(deadline.extended_until, zone)))
    for action, rows in groupby(asked, key=lambda row: row.action):
        lines.append((f"Status {action}", status(next(rows))))
    lines += [
        ("Cara mengisi", _HOW),
        ("Jawaban", _ANSWERS),
        ("Data dukung", _FILES),
        ("Mengirim kembali", _SEND),
        ("Bertanya kepada", f"{occasion.unit.office or 'Sekretariat Panitia Nasional RANHAM'}, sebutkan kode aksi."),
        ("Dibuat", _moment(occasion.now, zone)),
    ]
    return tuple(lines)


def status(row: Asked) -> str:
    """State of the report, and why nothing is asked where nothing is."""
    if row.excuse is not None:
        return f"dikecualikan: {row.excuse}"
    words = STATE_WORDS[row.state]
    if row.open and row.remark and words == "dikembalikan":
        words += f": {row.remark}"
    return f"{words}; periode ditutup" if row.period_closed else words


def _state(deadline: Deadline) -> str:
    if deadline.closed_at:
        return "sudah ditutup"
    return "dibuka" if deadline.opened_at else "belum dibuka"


def _last_minute(first_late: datetime, zone: ZoneInfo) -> str:
    return f"sampai dengan {_moment(first_late - timedelta(minutes=1), zone)}"


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    """In the unit's own time, and in WIB where that differs."""
    own, jakarta = _local(instant, zone), _local(instant, JAKARTA)
    return own if own == jakarta else f"{own} = {jakarta}"


def _local(instant: datetime, zone: ZoneInfo) -> str:
    there = instant.astimezone(zone)
    offset = there.utcoffset()
    hours = offset.total_seconds() / 3600 if offset is not None else 0
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year} pukul {there:%H.%M} {_ZONES.get(int(hours), f'UTC+{hours:g}')}"
