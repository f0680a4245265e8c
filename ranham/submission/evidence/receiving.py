"""Takes a stream in: measured while it passes, then judged where it lies. Knows no database and holds no transaction."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from ranham.kernel.settings import settings
from ranham.submission.evidence import scanning, sniffing, store
from ranham.submission.evidence.names import name_for_type, safe_file_name
from ranham.submission.evidence.rules import FileRefused, in_words
from ranham.submission.models.evidence import Scan

Stream = Iterable[bytes] | BinaryIO


@dataclass(frozen=True, slots=True)
class Received:
    """A file that may be kept; its bytes lie under a temporary key until then."""

    key: str
    sha256: str
    size_bytes: int
    media_type: str
    file_name: str
    scan: Scan


@contextmanager
def receive(stream: Stream, file_name: str) -> Iterator[Received]:
    """Raises `FileRefused`, or `Busy` when store or scanner do not answer; in either case nothing stays behind.

    A sender may be slow: a door that is in a transaction already receives first and hands the result to `service.keep`.
    """
    name = safe_file_name(file_name)
    measured = _Measured(_pieces(stream), settings().evidence_max_bytes, name)
    objects = store.configured()
    key = objects.write(measured)
    try:
        with objects.open(key) as file:
            type_ = sniffing.examine(file, name)
        name = name_for_type(name, type_)
        scan = scanning.configured()(objects.read(key), name)
        yield Received(key, measured.digest.hexdigest(), measured.size_bytes, type_.media_type, name, scan)
    finally:
        # Where the store is gone the sweep removes it later; the reason that led here must not be covered.
        with suppress(store.StoreUnavailable):
            objects.discard(key)


class _Measured:
    """Hashes and counts what passes; stops the sender at the first byte too many."""

    def __init__(self, pieces: Iterator[bytes], limit: int, file_name: str) -> None:
        self._limit, self._file_name = limit, file_name
        self.digest, self.size_bytes = hashlib.sha256(), 0
        self._pieces = pieces
        # Asked for at once: a bucket has no way to take an upload without parts.
        self._first = next(pieces, None)
        if self._first is None:
            raise FileRefused(file_name, "empty")

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece, self._first = self._first or next(self._pieces), None
        self.size_bytes += len(piece)
        if self.size_bytes > self._limit:
            raise FileRefused(self._file_name, "too_large", limit=in_words(self._limit))
        self.digest.update(piece)
        return piece


def _pieces(stream: Stream) -> Iterator[bytes]:
    """A file is read by size: line by line, as it iterates, a piece could be as long as the file."""
    read = getattr(stream, "read", None)
    pieces: Iterator[bytes] = iter(stream) if read is None else iter(lambda: read(store.PIECE), b"")
    return (piece for piece in pieces if piece)
