"""Printable documents of a release: the annual report and a sheet for each province. No database, no clock, no network."""

from ranham.release.documents.report import annual_report
from ranham.release.documents.sheet import province_sheet

__all__ = ["annual_report", "province_sheet"]
