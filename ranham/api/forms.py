"""The one file of a form, taken out of it while it passes: browsers and `curl -F` put a form around what they send."""

from collections.abc import Iterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ranham.api.kinds import TooLarge
from ranham.kernel.errors import BadInput, Finding

FORM = "multipart/form-data"
MOST_AROUND = 16 * 1024
"""Bytes of a form beside its file: else what comes before or after the file could go on for ever."""


def without_form(pieces: Iterator[bytes], content_type: str, *, most: int) -> Iterator[bytes]:
    """The bytes of the file: of a body that is no form as they are, of a form those of its only part.

    `most` bytes may be in the file. A form that ends before its end raises `BadInput`, and so nothing of it is kept.
    """
    kind, options = parse_options_header(content_type)
    if not kind.startswith(b"multipart/"):
        return pieces
    boundary = options.get(b"boundary", b"")
    if kind != FORM.encode() or not boundary:
        raise _refused("a form that does not say where its parts end", f"{FORM} with a boundary, or the file as it is")
    return _File(boundary).of(pieces, most=most)


class _File:
    """What the parser has found so far."""

    def __init__(self, boundary: bytes) -> None:
        self._name, self._value, self._disposition = b"", b"", b""
        self._parts, self._ended = 0, False
        self._found: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_end": self._on_end,
            },
        )

    def of(self, pieces: Iterator[bytes], *, most: int) -> Iterator[bytes]:
        passed = 0
        for piece in pieces:
            passed += len(piece)
            if passed > most + MOST_AROUND:
                raise TooLarge(f"a form may have at most {most} bytes of file and {MOST_AROUND} around them")
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise _refused("a form that cannot be read", "parts between boundaries, as RFC 7578 says") from error
            yield b"".join(self._found)
            self._found.clear()
        if not self._ended:
            raise _refused("a form without its end", "the whole form; send it again")

    def _on_part_begin(self) -> None:
        self._parts, self._disposition = self._parts + 1, b""
        if self._parts > 1:
            raise _refused("more than one part", "one file; what it is stands in the query")

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        if b"filename" not in parse_options_header(self._disposition)[1]:
            raise _refused("a part that is no file", "one file; what it is stands in the query")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._found.append(data[start:end])

    def _on_end(self) -> None:
        self._ended = True


def _refused(found: str, expected: str) -> BadInput:
    return BadInput([Finding("/body", found, expected)])
