"""Objects in a folder or a bucket, through one library: named by their SHA-256, written under a temporary key first."""

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from ranham.kernel.errors import NotFound, Unavailable

if TYPE_CHECKING:  # known to the type checker only
    from obstore import GetResult, ReadableFile
    from obstore.store import RetryConfig
    from typing_extensions import Buffer

INCOMING = "incoming"
PIECE = 1 << 20
PART = 5 << 20
"""Parts of an upload in bytes; S3 takes none smaller. Two at a time bound the memory of an upload."""
_FINAL = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})")


class StoreUnavailable(Unavailable):
    """The store does not answer; its own words are left out, since they may name addresses and accounts."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            "penyimpanan bukti tidak menjawab, coba lagi nanti / "
            f"the evidence store does not answer, try again later ({type(error).__name__})"
        )


def final_key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def sha256_of(key: str) -> str | None:
    """None for anything in the place that is not named as we name objects."""
    name = _FINAL.fullmatch(key)
    return name[1] if name and final_key(name[1]) == key else None


class _Objects:
    """What folder and bucket have in common through the library."""

    def __init__(self, objects: LocalStore | S3Store) -> None:
        self._objects = objects

    def write(self, pieces: Iterator[bytes]) -> str:
        key = f"{INCOMING}/{uuid4().hex}"
        source = _Source(pieces)
        with _answering(source):
            self._objects.put(key, source, chunk_size=PART, max_concurrency=2)
        return key

    def settle(self, key: str, sha256: str) -> None:
        with _answering():
            self._objects.rename(key, final_key(sha256))

    def discard(self, key: str) -> None:
        with _answering():
            try:
                self._objects.delete(key)
            except FileNotFoundError:
                return  # a folder says so, a bucket does not

    def open(self, key: str) -> BinaryIO:
        with _answering():
            return io.BufferedReader(_Reader(obstore.open_reader(self._objects, key)), PIECE)

    def read(self, key: str) -> Iterator[bytes]:
        with _answering():
            try:
                found = self._objects.get(key)
            except FileNotFoundError:
                raise NotFound(f"tidak ada isi berkas / the bytes of the file are missing: {key}") from None
        return _pieces(found)

    def keys(self) -> Iterator[str]:
        with _answering():
            for page in self._objects.list(chunk_size=1000):
                yield from (meta["path"] for meta in page if not meta["path"].startswith(INCOMING + "/"))

    def drop_temporaries(self, before: datetime) -> int:
        with _answering():
            pages = self._objects.list(INCOMING, chunk_size=1000)
            old = [meta["path"] for page in pages for meta in page if meta["last_modified"] < before]
        for key in old:
            self.discard(key)
        return len(old)


class BucketStore(_Objects):
    """A bucket of an S3-compatible store. Endpoint and credentials are the library's affair, from its environment.

    Parts of an upload that died are not objects: a rule of the bucket has to remove incomplete multipart uploads.
    """

    def __init__(self, url: str) -> None:
        retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
        super().__init__(S3Store.from_url(url, retry_config=retries))


class FolderStore(_Objects):
    """A folder on this machine: made for its owner alone, and every object forced to the disk before it has a name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder.resolve()
        super().__init__(LocalStore(self._folder))

    def write(self, pieces: Iterator[bytes]) -> str:
        key = super().write(pieces)
        _force(self._folder / key)
        return key

    def settle(self, key: str, sha256: str) -> None:
        super().settle(key, sha256)
        place = (self._folder / final_key(sha256)).parent
        for folder in (place, place.parent, self._folder):
            _force(folder)

    def drop_temporaries(self, before: datetime) -> int:
        # Not through the library, which hides what it is still writing.
        dropped, folder = 0, self._folder / INCOMING
        with _answering():
            for path in folder.iterdir() if folder.is_dir() else ():
                with suppress(FileNotFoundError):  # settled meanwhile
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()
                        dropped += 1
        return dropped


class _Source:
    """Remembers what the sender's own stream raised, so that it is not taken for a fault of the store."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except BaseException as error:
            self.error = error
            raise


class _Reader(io.RawIOBase):
    """The library's reader as Python's own kind of file, which archives need."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._reader.seek(offset, whence)

    def readinto(self, buffer: "Buffer", /) -> int:
        view = memoryview(buffer).cast("B")
        with _answering():
            piece = bytes(self._reader.read(len(view)))
        view[: len(piece)] = piece
        return len(piece)


def _pieces(found: "GetResult") -> Iterator[bytes]:
    with _answering():
        for piece in found.stream(min_chunk_size=PIECE):
            yield bytes(piece)


@contextmanager
def _answering(source: _Source | None = None) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        if source is not None and source.error is not None:
            raise source.error from None
        raise StoreUnavailable(error) from None


def _force(path: Path) -> None:
    """To the disk, not only to the system's cache; folders can be forced on POSIX only."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    with _answering():
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
