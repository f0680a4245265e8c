"""Reads PDFs back as a reader sees them: text of each page, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class Page:
    text: str
    width: float
    height: float
    boxes: tuple[tuple[float, float, float, float], ...]
    """Left, bottom, right, top of every character."""
    unmapped: int
    """Characters that the font has no meaning for."""

    @property
    def words(self) -> str:
        """With single spaces, as lines break where they must."""
        return " ".join(self.text.split())


def pages(pdf: bytes) -> list[Page]:
    return list(_pages(pdf))


def _pages(pdf: bytes) -> Iterator[Page]:
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        text = page.get_textpage()
        count = text.count_chars()
        yield Page(
            text=text.get_text_range(),
            width=page.get_width(),
            height=page.get_height(),
            boxes=tuple(text.get_charbox(place) for place in range(count)),
            unmapped=sum(raw.FPDFText_HasUnicodeMapError(text.raw, place) == 1 for place in range(count)),
        )
        text.close()
        page.close()
    document.close()


def outside(page: Page) -> list[tuple[float, float, float, float]]:
    return [b for b in page.boxes if b[0] < 0 or b[1] < 0 or b[2] > page.width or b[3] > page.height]
