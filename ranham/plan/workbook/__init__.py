"""A regulation file as the workbook that its people know, the Matriks Aksi HAM; nothing is lost either way."""

from ranham.plan.workbook.read import read_workbook
from ranham.plan.workbook.write import write_workbook

__all__ = ["read_workbook", "write_workbook"]
