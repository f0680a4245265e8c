"""Why a report is not accepted among others but left for somebody to read. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Flag(StrEnum):
    INCOMPLETE = "incomplete"
    LATE = "late"
    NOT_ACHIEVED = "not_achieved"
    CAME_BACK = "came_back"
    WEAK_EVIDENCE = "weak_evidence"
    WITH_ANOTHER = "with_another"
    OWN_INTEREST = "own_interest"
    CHANGED = "changed"
    BEYOND_LIMIT = "beyond_limit"


FLAG_WORDS: Mapping[Flag, tuple[str, str]] = {
    Flag.INCOMPLETE: ("ukuran wajib atau data dukung kurang", "a required answer or evidence is missing"),
    Flag.LATE: ("terlambat", "late"),
    Flag.NOT_ACHIEVED: ("ada ukuran yang tidak tercapai", "a required measure is not achieved"),
    Flag.CAME_BACK: ("pernah dikembalikan", "it was returned before"),
    Flag.WEAK_EVIDENCE: ("data dukung tanpa tanda tangan atau kop", "evidence without signature or letterhead"),
    Flag.WITH_ANOTHER: ("pada verifikator lain", "another verifier has it"),
    Flag.OWN_INTEREST: ("benturan kepentingan", "conflict of interest"),
    Flag.CHANGED: ("berubah sementara itu", "changed in the meantime"),
    Flag.BEYOND_LIMIT: ("di luar batas sekali jalan", "beyond the limit of one call"),
}
"""Indonesian and English."""
