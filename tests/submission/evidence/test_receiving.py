"""Streams are measured while they pass, in constant memory, and refused at the first byte too many."""

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ranham.submission.evidence.receiving import receive
from ranham.submission.evidence.rules import FileRefused
from ranham.submission.evidence.store import Store, configured
from tests.submission.evidence.conftest import Configure
from tests.submission.evidence.documents import PDF, docx

LIMIT = 20 * 1024 * 1024
ANNOUNCED, GROWTH = 200 << 20, 64 << 20
UPLOAD = """
import os
from ranham.submission.evidence.receiving import receive

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

def sent():
    yield b"%PDF-1.7"
    for _ in range(200):
        yield os.urandom(1 << 20)

with receive(iter([b"%PDF-1.7" + bytes(8 << 20)]), "a.pdf"):
    before = peak()
with receive(sent(), "a.pdf") as received:
    print(received.size_bytes, peak() - before)
"""


def sized(size: int) -> Iterator[bytes]:
    content = PDF + bytes(size - len(PDF))
    yield from (content[at : at + 999_983] for at in range(0, size, 999_983))


def nothing_stays(objects: Store) -> bool:
    later = datetime.now(UTC) + timedelta(days=1)
    return list(objects.keys()) == [] and objects.drop_temporaries(later) == 0


def test_iterator_and_file_give_the_same(any_store: Store) -> None:
    content = docx({"word/media/image1.png": os.urandom(3_000_000)})
    for stream in (iter([content[:10], b"", content[10:]]), io.BytesIO(content)):
        with receive(stream, "C:\\bukti\\notulen.docx") as received:
            assert (received.sha256, received.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
            assert received.file_name == "notulen.docx"
            assert b"".join(any_store.read(received.key)) == content
    assert nothing_stays(any_store)


def test_limit_holds_to_the_byte(any_store: Store) -> None:
    with receive(sized(LIMIT), "a.pdf") as received:
        assert received.size_bytes == LIMIT
    with (
        pytest.raises(FileRefused, match="lebih dari 20 MB / more than 20 MB") as refused,
        receive(sized(LIMIT + 1), "a.pdf"),
    ):
        pass
    assert refused.value.code == "too_large"
    assert nothing_stays(any_store)


def test_sender_is_stopped_at_the_first_byte_too_many(folder: Path, configure: Configure) -> None:
    configure(RANHAM_EVIDENCE_MAX_BYTES="1000")
    asked: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            asked.append(1)
            yield bytes(100)

    with pytest.raises(FileRefused, match="1000 bytes"), receive(endless(), "a.pdf"):
        pass
    assert len(asked) == 11
    assert nothing_stays(configured())


@pytest.mark.parametrize("content", [b"", b"<html>", b"teks", b"%PDF"])
def test_refused_file_leaves_nothing(any_store: Store, content: bytes) -> None:
    with pytest.raises(FileRefused, match=r"a\.pdf"), receive(iter([content]), "../a.pdf"):
        pass
    assert nothing_stays(any_store)


def test_large_upload_takes_constant_memory(folder: Path) -> None:
    environment = {
        **os.environ,
        "RANHAM_EVIDENCE_MAX_BYTES": str(ANNOUNCED + 8),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run([sys.executable, "-c", UPLOAD], env=environment, capture_output=True, text=True, check=True)
    size, growth = map(int, done.stdout.split())
    assert size == ANNOUNCED + 8
    assert growth < GROWTH
