"""From data to PDF: the templates of this package, the fonts that come with the typesetter, nothing else.

The same data give the same bytes: the only time in the file is that of the release, and no font, package or file of
the machine is looked at.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from typst import Compiler, Fonts

TEMPLATES = Path(__file__).parent / "templates"


def typeset(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """One PDF; `data` reaches the template as JSON."""
    compiler = Compiler(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=Fonts(include_system_fonts=False, include_embedded_fonts=True),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
    )
    made = compiler.compile(format="pdf", timestamp=int(made_at.timestamp()))
    if not isinstance(made, bytes):
        raise TypeError(f"{template}: the typesetter gave no single document")
    return made
