"""Where the bytes of evidence lie: what a store has to do, and which one is configured."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.settings import settings
from ranham.submission.evidence.objects import PIECE, BucketStore, FolderStore, StoreUnavailable, final_key, sha256_of

__all__ = ["PIECE", "Store", "StoreUnavailable", "configured", "final_key", "open_store", "sha256_of"]


class Store(Protocol):
    """Objects are written whole or not at all, and what is written stays written when the machine stops."""

    def write(self, pieces: Iterator[bytes]) -> str:
        """Take a stream in constant memory; the temporary key. Nothing lies there if the stream raises."""

    def settle(self, key: str, sha256: str) -> None:
        """Give what lies under a temporary key its final name, in one step, over what may lie there."""

    def discard(self, key: str) -> None: ...

    def open(self, key: str) -> BinaryIO:
        """For reading anywhere in it."""

    def read(self, key: str) -> Iterator[bytes]:
        """From the beginning, piece by piece; raises `NotFound` at once if nothing is there."""

    def keys(self) -> Iterator[str]:
        """Of everything that is not temporary, in no order."""

    def drop_temporaries(self, before: datetime) -> int:
        """Remove what uploads that died left behind and nobody has written to since; how many."""


@lru_cache
def open_store(place: str) -> Store:
    """A folder's path, or `s3://bucket/prefix`."""
    if "://" not in place:
        return FolderStore(Path(place))
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        # The address itself is not repeated: it may hold what it should not.
        expected = "a folder or s3://bucket/prefix; endpoint and credentials come from AWS_... variables"
        raise BadInput([Finding("RANHAM_EVIDENCE_URL", "an address that is neither, or holds more", expected)])
    return BucketStore(place)


def configured() -> Store:
    return open_store(settings().evidence_url or str(settings().data_dir / "evidence"))
