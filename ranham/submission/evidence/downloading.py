"""Hands a file out in a way that no browser runs it, and never hands out changed bytes as sound ones."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound
from ranham.submission.evidence import store as stores
from ranham.submission.evidence.names import content_disposition
from ranham.submission.models import Evidence


@dataclass(frozen=True, slots=True)
class Download:
    stream: Iterator[bytes]
    """Raises `Damaged` before its last piece if the bytes are not what was stored."""
    file_name: str
    size_bytes: int
    headers: Mapping[str, str]


class Damaged(NotFound):
    """What lies there is no longer the file that was sent."""


def open_for_download(session: Session, evidence_id: int) -> Download:
    """Stream, name and headers; raises `NotFound` where row or bytes are missing. Who may see it the door has asked."""
    found = session.get(Evidence, evidence_id)
    if found is None:
        raise NotFound(f"no evidence {evidence_id}")
    pieces = stores.configured().read(stores.final_key(found.sha256))
    headers = headers_of(found.media_type, found.file_name, found.size_bytes)
    return Download(_checked(pieces, found.sha256, found.file_name), found.file_name, found.size_bytes, headers)


def headers_of(media_type: str, file_name: str, size_bytes: int) -> dict[str, str]:
    return {
        "Content-Disposition": content_disposition(file_name),
        "Content-Type": f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
        "Content-Length": str(size_bytes),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _checked(pieces: Iterator[bytes], sha256: str, file_name: str) -> Iterator[bytes]:
    """The last piece is held back until the hash is known: the client sees a transfer that breaks, not a whole file."""
    digest, held = hashlib.sha256(), b""
    for piece in pieces:
        digest.update(piece)
        if held:
            yield held
        held = piece
    if digest.hexdigest() != sha256:
        raise Damaged(f"berkas rusak di penyimpanan / the stored file is damaged: {file_name}")
    yield held
