"""The same tag means the same bytes: whoever changes a byte raises the number that is part of every tag."""

import hashlib
import io
import zipfile

from ranham.release.kept import RENDERING, render
from tests.release.formats.worlds import content

PLAIN = ("csv", "datapackage", "dhis2", "json", "sdmx")
"""Of the others the bytes hang on the versions of the packages that write them."""
KNOWN = {2: "165ffd9466fb52960ab7376f894fdba6d7a08cf1a0f9ef19ffdf0deec8d983ca"}


def test_a_change_of_bytes_changes_the_tag() -> None:
    found = hashlib.sha256()
    for format_name in PLAIN:
        name, data = render(content(), format_name, None)
        for member, text in _members(name, data):
            found.update(f"{format_name}/{member}\n".encode() + text)
    assert KNOWN.get(RENDERING) == found.hexdigest(), (
        "files have other bytes: raise RENDERING, and write the digest here"
    )


def _members(name: str, data: bytes) -> list[tuple[str, bytes]]:
    if not name.endswith(".zip"):
        return [(name, data)]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return [
            (each, packed.read(each)) for each in sorted(packed.namelist()) if not each.endswith((".parquet", ".xlsx"))
        ]
