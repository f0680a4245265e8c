"""Pages of the annual report that say how well the cycles were served."""

from collections.abc import Sequence
from typing import Any

from ranham.release.documents.indonesian import NONE, count, decimal, local_day
from ranham.release.service_report import ServiceFigure, ServiceReport

NAMES = {
    "verification_days_median": "Lama verifikasi, median",
    "verification_days_p90": "Lama verifikasi, persentil ke-90",
    "reports_returned": "Laporan yang pernah dikembalikan",
    "return_rounds": "Jumlah pengembalian",
    "return_rounds_most": "Pengembalian terbanyak untuk satu laporan",
    "rollup_behind": "Keterlambatan rekapitulasi",
    "extensions_approved": "Perpanjangan yang disetujui",
    "amnesties": "Perpanjangan untuk semua yang disetujui",
    "reminders_delivered": "Pengingat yang tersampaikan",
    "reminders_confirmed": "Pengingat yang dipastikan tiba",
    "reminders_waiting": "Pengingat yang masih menunggu atau di jalan",
    "reminders_bounced": "Pengingat yang ditolak alamat tujuan",
    "reminders_failed": "Pengingat yang gagal secara teknis",
    "reminders_unknown": "Pengingat yang nasibnya tidak diketahui",
    "reminders_withdrawn": "Pengingat yang ditarik sebelum dikirim",
}
UNITS = {
    "days": "hari",
    "hours": "jam",
    "reports": "laporan",
    "rounds": "kali",
    "requests": "permohonan",
    "percent": "%",
    "reminders": "pengingat",
}
MEASURED = ("days", "hours", "percent")
"""Units with decimals; the others are counts."""
BASES = {
    "verified reports": "laporan terverifikasi",
    "reports with a life-cycle": "laporan dalam siklus verifikasi",
    "submissions and events that the rollup does not count": "kiriman dan peristiwa yang belum direkap",
    "the period was never rolled up": "periode belum pernah direkap",
    "requests for a unit": "permohonan instansi",
    "requests for everybody": "permohonan untuk semua",
    "reminders decided to be sent": "pengingat yang diputuskan untuk dikirim",
    "no reminder was decided to be sent": "tidak ada pengingat yang diputuskan untuk dikirim",
}


def service_pages(reports: Sequence[ServiceReport]) -> list[dict[str, Any]]:
    return [
        {"period": report.period, "as_of": local_day(report.as_of), "rows": [_row(figure) for figure in report.figures]}
        for report in reports
    ]


def _row(figure: ServiceFigure) -> dict[str, str]:
    unit = UNITS.get(figure.unit, figure.unit)
    value = NONE
    if figure.value is not None:
        number = decimal(figure.value) if figure.unit in MEASURED else count(int(figure.value))
        value = f"{number} {unit}"
    of = BASES.get(figure.basis_name, figure.basis_name)
    if figure.basis is not None:
        of = f"{count(figure.basis)} {of}"
    if figure.numerator is not None:
        of = f"{count(figure.numerator)} dari {of}"
    return {"name": NAMES.get(figure.figure, figure.figure), "value": value, "basis": of}
