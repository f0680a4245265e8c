"""With a scanner configured nothing is taken without its verdict; without one that is what the record says."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ranham.kernel.errors import BadInput
from ranham.submission.evidence.receiving import receive
from ranham.submission.evidence.rules import FileRefused
from ranham.submission.evidence.scanning import ScannerUnavailable
from ranham.submission.evidence.store import configured
from ranham.submission.models.evidence import Scan
from tests.submission.evidence.clamd import answering
from tests.submission.evidence.conftest import Configure
from tests.submission.evidence.documents import PDF

LARGE = PDF + bytes(3_000_000)
pytestmark = pytest.mark.usefixtures("folder")


def scan(content: bytes = LARGE) -> Scan:
    with receive(iter([content]), "a.pdf") as received:
        return received.scan


def test_clean_file_is_marked_clean_and_was_sent_whole(configure: Configure) -> None:
    with answering(b"stream: OK\0") as (address, heard):
        configure(RANHAM_CLAMD=address)
        assert scan() is Scan.CLEAN
    assert heard == [b"zINSTREAM", LARGE]


def test_unix_socket_serves_as_well(configure: Configure) -> None:
    with TemporaryDirectory() as place, answering(b"stream: OK\0", path=Path(place) / "clamd") as (address, heard):
        configure(RANHAM_CLAMD=address)
        assert scan() is Scan.CLEAN
    assert heard[1] == LARGE


def test_file_with_a_virus_is_refused_by_name(configure: Configure) -> None:
    with answering(b"stream: Win.Test.EICAR_HDB-1 FOUND\0") as (address, _):
        configure(RANHAM_CLAMD=address)
        with pytest.raises(FileRefused, match=r"a\.pdf.*Win\.Test\.EICAR_HDB-1"):
            scan()
    assert nothing_stays()


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but not quite\0", b"UNKNOWN COMMAND\0", b"FOUND\0", b"\0"],
)
def test_answer_that_is_no_verdict_refuses_for_now(configure: Configure, answer: bytes) -> None:
    with answering(answer) as (address, _):
        configure(RANHAM_CLAMD=address)
        with pytest.raises(ScannerUnavailable, match="try again later"):
            scan()
    assert nothing_stays()


def test_scanner_that_hangs_up_before_the_end_gives_no_verdict(configure: Configure) -> None:
    with answering(b"stream: OK\0", hang_up_first=True) as (address, _):
        configure(RANHAM_CLAMD=address)
        with pytest.raises(ScannerUnavailable):
            scan(PDF + bytes(19_000_000))
    assert nothing_stays()


def test_silent_scanner_refuses_for_now(configure: Configure) -> None:
    with answering(b"") as (address, _):
        configure(RANHAM_CLAMD=address, RANHAM_CLAMD_TIMEOUT_SECONDS="0.2")
        with pytest.raises(ScannerUnavailable, match="TimeoutError"):
            scan()
    assert nothing_stays()


def test_scanner_that_is_not_there_refuses_for_now(configure: Configure, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for address in (f"127.0.0.1:{taken.getsockname()[1]}", str(tmp_path / "none")):
            configure(RANHAM_CLAMD=address)
            with pytest.raises(ScannerUnavailable):
                scan()
    assert nothing_stays()


def test_address_that_is_none_is_said_and_not_shown(configure: Configure) -> None:
    configure(RANHAM_CLAMD="rahasia")
    with pytest.raises(BadInput, match=r"^RANHAM_CLAMD: found something else \(not shown\), expected host:port"):
        scan()


def test_without_a_scanner_the_record_says_so() -> None:
    assert scan() is Scan.NOT_CONFIGURED


def nothing_stays() -> bool:
    objects = configured()
    return list(objects.keys()) == [] and objects.drop_temporaries(datetime.now(UTC) + timedelta(days=1)) == 0
