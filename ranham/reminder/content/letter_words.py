"""What the letter says around its facts, in both languages. Pure."""

from collections.abc import Mapping

from ranham.reminder.content.words import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "id": {
        "subject": "Pemberitahuan masa pelaporan RANHAM",
        "about": "Hal",
        "annexes": "Lampiran",
        "annex_list": "1. Daftar aksi; 2. Ukuran keberhasilan dan data dukung",
        "annex_list_units": "Daftar instansi pelapor",
        "to": "Yth. Pimpinan",
        "lead": "Berdasarkan {instrument} tentang {regulation}, setiap instansi pelapor menyampaikan laporan pelaksanaan "
        "Aksi HAM. Bersama ini kami beritahukan jadwal pelaporan periode {period}. {unit} wajib melaporkan {count} Aksi "
        "HAM dalam periode ini.",
        "lead_units": "Berdasarkan {instrument} tentang {regulation}, setiap instansi pelapor menyampaikan laporan "
        "pelaksanaan Aksi HAM. Bersama ini kami beritahukan jadwal pelaporan periode {period}. Dalam wilayah tugas "
        "{unit} terdapat {count} instansi yang wajib melapor dalam periode ini.",
        "ask": "Aksi, ukuran keberhasilan, dan data dukung yang diminta tercantum dalam lampiran. Mohon agar laporan "
        "dikirim melalui sistem pelaporan sebelum batas waktu. Laporan yang datang setelah batas waktu dicatat terlambat.",
        "ask_units": "Instansi tersebut tercantum dalam lampiran. Mohon bantuan untuk menyampaikan jadwal ini dan "
        "mendampingi instansi tersebut selama masa pelaporan.",
        "link": "Sistem pelaporan",
        "help": "Bantuan",
        "unsigned": "Surat ini disusun oleh sistem RANHAM dari data periode pelaporan. Apabila ada surat resmi yang "
        "ditandatangani, surat resmi itulah yang berlaku.",
        "annex_1": "Lampiran 1. Aksi HAM yang wajib dilaporkan",
        "annex_2": "Lampiran 2. Ukuran keberhasilan dan data dukung yang diminta",
        "annex_units": "Lampiran. Instansi pelapor",
        "code": "Kode",
        "action": "Aksi",
        "measures": "Ukuran",
        "number": "No.",
        "measure": "Ukuran keberhasilan",
        "unit_of_measure": "Satuan",
        "evidence": "Data dukung",
        "reporting_unit": "Instansi",
        "actions": "Aksi",
        "optional": "tidak wajib",
        "none": "-",
        "simulated": "data simulasi, tidak meminta tindakan",
    },
    "en": {
        "subject": "Notification of the RANHAM reporting period",
        "about": "Subject",
        "annexes": "Annexes",
        "annex_list": "1. Actions; 2. Measures and evidence",
        "annex_list_units": "Reporting units",
        "to": "To the head of office",
        "lead": "Under {instrument} ({regulation}), every reporting unit reports on its human-rights actions. This is the "
        "schedule of period {period}. {unit} reports on {count} action(s) in this period.",
        "lead_units": "Under {instrument} ({regulation}), every reporting unit reports on its human-rights actions. This "
        "is the schedule of period {period}. Of the units that {unit} looks after, {count} report in this period.",
        "ask": "The actions, their measures and the evidence that is asked for are in the annexes. Please send the "
        "reports through the reporting system before the deadline. Reports that come after it are recorded as late.",
        "ask_units": "The units are in the annex. Please pass this schedule on and help them during the window.",
        "link": "Reporting system",
        "help": "Help",
        "unsigned": "The RANHAM system made this letter from the data of the reporting period. Where there is a signed "
        "official letter, that one holds.",
        "annex_1": "Annex 1. Actions to report on",
        "annex_2": "Annex 2. Measures and the evidence that is asked for",
        "annex_units": "Annex. Reporting units",
        "code": "Code",
        "action": "Action",
        "measures": "Measures",
        "number": "No.",
        "measure": "Measure",
        "unit_of_measure": "Unit",
        "evidence": "Evidence",
        "reporting_unit": "Reporting unit",
        "actions": "Actions",
        "optional": "optional",
        "none": "-",
        "simulated": "simulated data, nothing is to be done",
    },
}
