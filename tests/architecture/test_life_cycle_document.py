"""The document draws the life-cycle as the code has it."""

from pathlib import Path

from ranham.submission.drawing import diagram, table

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "life-cycle.md"


def test_the_document_shows_the_table_and_the_diagram_of_the_code() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in written, "run: ranham report life-cycle"
    assert table() in written, "run: ranham report life-cycle"
