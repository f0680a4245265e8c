"""The table of rights as docs/access.md shows it."""

from collections.abc import Mapping
from pathlib import Path

from ranham.access.models import Role
from ranham.access.permissions import Right, Scope

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access.md"


def rights() -> Mapping[Role, Mapping[Right, Scope]]:
    """Read off the page, so that what people read is what is checked."""
    section = PAGE.read_text("utf-8").split("## Who may do what")[1].split("\n## ")[0]
    header, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")
    )
    columns = [Right(name) for name in header[1:]]
    return {
        Role(row[0].strip("`")): {
            right: Scope(cell) for right, cell in zip(columns, row[1:], strict=True) if cell != "-"
        }
        for row in rows
        if row[0].strip("`") in {role.value for role in Role}
    }
