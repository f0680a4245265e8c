"""What crosses the door of an import: the receipt, and the findings on single rows."""

from dataclasses import dataclass, field

from ranham.kernel.errors import BadInput, Finding

COLUMNS = ("unit_code", "action_code", "measure_no", "answer", "value", "note", "evidence", "submitted_at")
"""One row is the answer to one measure. The header may name them in any order, but must name all."""

CODE_SYSTEMS = ("kemendagri",)
FINDINGS_SHOWN = 10_000
"""A file that is wrong throughout is told so by its first rows; the total is always counted."""


@dataclass(frozen=True, slots=True)
class RowFinding:
    row: int
    """Number of the record; the header is row 1, as in a spreadsheet."""
    column: str
    value: str
    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReceipt:
    file_name: str
    digest: str
    """SHA-256 of the file as it lay there."""
    period_label: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_refused: int = 0
    """Rows with at least one finding; all or nothing leaves the sound rows of a refused file in neither count."""
    submissions_new: int = 0
    submissions_revised: int = 0
    submissions_unchanged: int = 0
    late: int = 0
    """New or revised reports that were sent after the window: accepted and marked."""
    already_imported: bool = False
    dry_run: bool = False
    findings_total: int = 0
    findings: list[RowFinding] = field(default_factory=list)
    """The first `FINDINGS_SHOWN` by row."""


def check_code_system(code_system: str) -> None:
    if code_system not in CODE_SYSTEMS:
        expected = f"{', '.join(CODE_SYSTEMS)}; the numbers of BPS and Kemendagri collide, so codes are never guessed"
        raise BadInput([Finding("code system", repr(code_system), expected)])
