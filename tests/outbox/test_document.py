"""The document draws the life of a delivery as the code has it, and names every setting."""

from pathlib import Path

from ranham.kernel.settings import Settings, SmtpSettings
from ranham.outbox.drawing import diagram, table

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "delivery.md"


def test_the_document_shows_the_diagram_and_the_table_of_the_code() -> None:
    written = DOCUMENT.read_text("utf-8")
    assert f"```mermaid\n{diagram()}\n```" in written, diagram()
    assert table() in written, table()


def test_the_document_names_every_setting_and_its_default() -> None:
    written = DOCUMENT.read_text("utf-8")
    for name, field in Settings.model_fields.items():
        if name.startswith(("outbox_", "gateways_")):
            default = "" if field.default is None else f" | `{field.default}` |"
            assert f"| `RANHAM_{name.upper()}`{default}" in written
    for name in SmtpSettings.model_fields:
        assert f"`RANHAM_SMTP_{'FROM' if name == 'sender' else name.upper()}`" in written
