"""Why a row is refused, in words. Pure: the conditions themselves are evaluated set-based in `checks`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    column: str
    text: str


REASONS: tuple[Reason, ...] = (
    Reason("spreadsheet_error", "", "galat rumus dari lembar kerja / an error value of a spreadsheet formula"),
    Reason("unit_missing", "unit_code", "kode instansi kosong / unit code is empty"),
    Reason("unit_unknown", "unit_code", "kode instansi tidak dikenal / unknown unit code"),
    Reason("action_missing", "action_code", "kode aksi kosong / action code is empty"),
    Reason("action_unknown", "action_code", "aksi tidak ada pada tahun rencana ini / no such action in this plan year"),
    Reason(
        "no_obligation", "action_code", "instansi tidak wajib melaporkan aksi ini / the unit does not owe this action"
    ),
    Reason(
        "not_open",
        "action_code",
        "laporan sedang atau sudah diverifikasi / the report is under verification or verified",
    ),
    Reason("measure_missing", "measure_no", "nomor ukuran kosong / measure number is empty"),
    Reason(
        "measure_unknown",
        "measure_no",
        "ukuran tidak ada pada aksi dan periode ini / no such measure of this action in this period",
    ),
    Reason("answer_missing", "answer", "jawaban kosong / answer is empty"),
    Reason(
        "answer_unknown",
        "answer",
        "jawaban tidak dikenal / unknown answer; use achieved, partly, not_achieved, nil or not_applicable",
    ),
    Reason("value_decimal_comma", "value", "pakai titik desimal, bukan koma / use a decimal point, not a comma"),
    Reason(
        "value_not_a_number",
        "value",
        "bukan angka, paling banyak 15 digit dan 4 desimal / not a number of at most 15 digits and 4 decimals",
    ),
    Reason("value_out_of_range", "value", "nilai di luar batas ukuran / value outside the bounds of the measure"),
    Reason("note_missing", "note", "nil dan not_applicable butuh alasan / nil and not_applicable need a note"),
    Reason(
        "evidence_malformed",
        "evidence",
        "bukti: SHA-256 atau jalur relatif, dipisah ';' / evidence: SHA-256 or relative paths, joined with ';'",
    ),
    Reason("time_missing", "submitted_at", "waktu kirim kosong / time of submission is empty"),
    Reason(
        "time_naive",
        "submitted_at",
        "waktu tanpa zona, tulis misalnya +07:00 untuk WIB / no UTC offset, write for example +07:00",
    ),
    Reason("time_impossible", "submitted_at", "tanggal atau jam tidak ada di kalender / no such date or time"),
    Reason("time_malformed", "submitted_at", "bukan ISO 8601, misalnya 2022-09-05T14:30:00+07:00 / not ISO 8601"),
    Reason("before_window", "submitted_at", "sebelum masa pelaporan dibuka / before the window opens"),
    Reason("in_the_future", "submitted_at", "setelah waktu impor / later than now"),
    Reason(
        "superseded",
        "action_code",
        "laporan yang lebih baru sudah masuk sesudah berkas ini / a newer report came in after this file was first taken",
    ),
    Reason("duplicate", "measure_no", "sudah ada pada baris {first_row} / already answered in row {first_row}"),
)
BIT = {reason.code: 1 << index for index, reason in enumerate(REASONS)}
"""A row's faults are one integer, so that a million sound rows carry nothing but a zero."""

SPREADSHEET_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")


@dataclass(frozen=True, slots=True)
class UnitFact:
    """One span of a unit's code and name."""

    unit_id: int
    code: str | None
    name: str
    type: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


def reasons_of(faults: int) -> list[Reason]:
    return [reason for reason in REASONS if faults & BIT[reason.code]]


def explain_unit(raw: str, facts: Sequence[UnitFact], day: date) -> tuple[str, str]:
    """Reason code and text for what stands where a code should and is no code of the day."""
    if spans := [fact for fact in facts if fact.code == raw]:
        return "unit_code_other_date", _other_date(raw, spans, facts, day)
    if meant := _same_number(raw, (fact.code for fact in facts if fact.code)):
        return "unit_code_number", _number_cell(raw, meant)
    if re.fullmatch(r"[0-9]{4}", raw):
        return (
            "unit_code_other_system",
            f"{raw} tampak kode BPS, pakai kode Kemendagri / looks like a BPS code, use Kemendagri's such as 31.71",
        )
    named = [fact for fact in facts if fact.code and fact.holds_on(day) and _is_name(raw, fact)]
    shown = ", ".join(
        f"{fact.code} ({fact.type} {fact.name})" for fact in sorted(named, key=lambda fact: fact.code or "")
    )
    if len(named) > 1:
        return "unit_name_ambiguous", f"nama dipakai beberapa instansi, pakai kode / shared name, use the code: {shown}"
    if named:
        return "unit_name", f"nama, bukan kode; pakai / a name, use the code: {shown}"
    reason = next(reason for reason in REASONS if reason.code == "unit_unknown")
    return reason.code, f"{reason.text} ({day})"


def explain_action(raw: str, codes: Iterable[str]) -> tuple[str, str]:
    """Reason code and text for what stands where an action's code should and is none of the plan year."""
    if meant := _same_number(raw, codes):
        return "action_code_number", _number_cell(raw, meant)
    reason = next(reason for reason in REASONS if reason.code == "action_unknown")
    return reason.code, reason.text


def _same_number(raw: str, codes: Iterable[str]) -> list[str]:
    """Codes that are the same number: a spreadsheet keeps 36.10 as 36.1, and shows 36,1 where commas are decimal."""
    number = _as_number(raw)
    return [] if number is None else sorted({code for code in codes if _as_number(code) == number})


def _as_number(code: str) -> tuple[str, str] | None:
    """What a spreadsheet keeps of it: the digits before and after the point, without the zeros that say nothing."""
    whole, _, part = code.replace(",", ".").partition(".")
    digits = whole + part
    return (whole.lstrip("0"), part.rstrip("0")) if digits.isascii() and digits.isdigit() else None


def _number_cell(raw: str, meant: Sequence[str]) -> str:
    """Said, not mended: only the sender knows whether that code was meant."""
    codes = ", ".join(meant)
    return (
        f"{raw} tampak berasal dari sel angka, yang menghapus nol; jadikan kolom kode teks, lalu tulis kodenya, "
        f"mungkin {codes} / looks like a number cell, which drops zeros; make the code column text and write the code, "
        f"perhaps {codes}"
    )


def _other_date(raw: str, spans: Sequence[UnitFact], facts: Sequence[UnitFact], day: date) -> str:
    """When the code held, and what the same unit is called on the day."""
    span = min(spans, key=lambda fact: abs((fact.valid_from - day).days))
    until = f" sampai/until {span.valid_to}" if span.valid_to else ""
    now = next((fact.code for fact in facts if fact.unit_id == span.unit_id and fact.holds_on(day) and fact.code), None)
    instead = f"; {day}: {now}" if now else ""
    return (
        f"kode {raw} ({span.name}) berlaku sejak {span.valid_from}{until}{instead} / "
        f"code valid from {span.valid_from}{f' to {span.valid_to}' if span.valid_to else ''}, not on {day}"
    )


_PREFIX = re.compile(r"^(kabupaten|kab\.?|kota|provinsi|prov\.?)\s+", re.IGNORECASE)


def _is_name(raw: str, fact: UnitFact) -> bool:
    plain = " ".join(raw.split()).casefold()
    name = " ".join(fact.name.split()).casefold()
    if plain == name:
        return True
    prefix = _PREFIX.match(plain)
    if prefix is None or plain[prefix.end() :] != name:
        return False
    meant = {"kab": "kabupaten", "kot": "kota", "pro": "prov"}[prefix[0][:3]]
    return fact.type.casefold().startswith(meant)
