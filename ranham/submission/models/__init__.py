"""Tables of submissions (laporan): the report and its state, its revisions, drafts, evidence and extensions."""

from ranham.submission.models.evidence import AnswerEvidence, DraftEvidence, Evidence
from ranham.submission.models.extension import Extension
from ranham.submission.models.report import DraftAnswer, Report, ReportEvent
from ranham.submission.models.revision import Answer, ImportBatch, MeasureAnswer, Submission, Timeliness

__all__ = [
    "Answer",
    "AnswerEvidence",
    "DraftAnswer",
    "DraftEvidence",
    "Evidence",
    "Extension",
    "ImportBatch",
    "MeasureAnswer",
    "Report",
    "ReportEvent",
    "Submission",
    "Timeliness",
]
