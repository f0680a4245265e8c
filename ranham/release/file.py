"""The release file: the canonical form with its signature around it, so that standard tools can take it apart.

Four lines, which are one JSON document together:

    {"content":
    <the canonical form, on one line>
    ,"content_hash":"<64 hex>","key_id":"<64 hex>","signature":"<128 hex>"}

There is one file only for a content and a signature: every byte is either signed or has to be what it is.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ranham.kernel.errors import BadInput, Conflict, Finding
from ranham.release.content import FIRST_FORMAT, ReleaseContent
from ranham.release.signing import PublicKey, verify
from ranham.release.spelling import canonical
from ranham.release.suppression import Policy, policy_of, public

FIRST = b'{"content":'
LAST = ',"content_hash":"{hash}","key_id":"{key_id}","signature":"{signature}"}}'
SIGNED = re.compile(rb',"content_hash":"([0-9a-f]{64})","key_id":"([0-9a-f]{64})","signature":"([0-9a-f]{128})"\}')


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    content: Mapping[str, Any]
    content_hash: str
    key_id: str
    signed: bool
    """The signature was checked with a public key; else only the hash was."""

    @property
    def hidden(self) -> int:
        """Figures that say less than all, by the small-cell rule that the release records."""
        table = self.content["figures"]
        if "suppressed" not in table["columns"]:
            return 0
        place = table["columns"].index("suppressed")
        return sum(row[place] is not None for row in table["rows"])


def to_file(content: ReleaseContent) -> bytes:
    header = content.header
    if header.signature is None or header.key_id is None:
        raise Conflict(
            f"{header.number} is {header.state.replace('_', ' ')} and not signed; it is signed when it is published"
        )
    body = canonical(content)
    found = hashlib.sha256(body).hexdigest()
    if found != header.content_hash:
        raise Conflict(
            f"{header.number} no longer says what was signed: its hash is {found}, not {header.content_hash}"
        )
    last = LAST.format(hash=found, key_id=header.key_id, signature=header.signature)
    return b"\n".join([FIRST, body, last.encode(), b""])


def says_more_than_others(content: ReleaseContent, policy: Policy | None) -> bool:
    """Whether the release file holds what is hidden in the other files, under the policy in force: it records none."""
    recorded = policy_of(content.header.rules) is not None and content.header.release_format != FIRST_FORMAT
    return not recorded and public(content, policy) is not content


def check_file(data: bytes, key: PublicKey | None) -> ReleaseFile:
    """The content of a release file that holds; raises `BadInput` with what does not.

    Without a key nobody knows who wrote the content, so not even its shape is taken for granted.
    """
    lines = data.split(b"\n")
    if len(lines) != 4 or lines[0] != FIRST or lines[3] != b"":
        raise _broken("file", "another form", "the four lines of a release file")
    signed = SIGNED.fullmatch(lines[2])
    if signed is None:
        raise _broken("line 3", "another form", "content_hash, key_id and signature in lower-case hexadecimal")
    said, key_id, signature = (each.decode() for each in signed.groups())
    found = hashlib.sha256(lines[1]).hexdigest()
    if found != said:
        raise _broken("content_hash", said, f"{found}, the SHA-256 of the content: the file was changed")
    if key is not None and key.key_id != key_id:
        raise _broken("key_id", key_id, f"{key.key_id}, that of the public key: another key signed it")
    if key is not None and not verify(lines[1], bytes.fromhex(signature), key):
        raise _broken("signature", "one that does not hold", "that of the content by this key: the file was changed")
    try:
        content = json.loads(lines[1])
    except ValueError as error:
        raise _broken("content", str(error), "JSON") from error
    except RecursionError:
        raise _broken("content", "JSON that is nested without end", "that of a release") from None
    odd = _odd(content)
    if odd is not None:
        raise _broken("content", f"another shape of {odd}", "that of a release")
    return ReleaseFile(content, found, key_id, signed=key is not None)


def _odd(content: Any) -> str | None:
    """Which part is not as whoever reads the content relies on it."""
    if not isinstance(content, dict):
        return "the whole"
    said, table = content.get("release"), content.get("figures")
    if not isinstance(said, dict) or not isinstance(said.get("simulated"), bool):
        return "release"
    number = said.get("number")
    if not isinstance(number, str) or not number or not number.isprintable():
        return "release.number"
    if not isinstance(table, dict) or not isinstance(table.get("columns"), list):
        return "figures.columns"
    rows, columns = table.get("rows"), table["columns"]
    if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != len(columns) for row in rows):
        return "figures.rows"
    return None


def _broken(where: str, found: str, expected: str) -> BadInput:
    return BadInput([Finding(where, found, expected)])
