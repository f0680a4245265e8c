"""Folder and bucket keep the same promises: whole or not at all, one name per content, nothing left behind."""

import hashlib
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ranham.kernel.errors import BadInput, NotFound
from ranham.submission.evidence.store import Store, StoreUnavailable, configured, final_key, open_store
from tests.submission.evidence.bucket import Bucket
from tests.submission.evidence.conftest import Configure

CONTENT = bytes(range(256)) * 50_000  # three parts of an upload
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SOON = datetime.now(UTC) + timedelta(days=1)


def pieces(content: bytes = CONTENT) -> Iterator[bytes]:
    yield from (content[at : at + 700_000] for at in range(0, len(content), 700_000))


def test_what_is_written_is_read_again_under_its_hash(any_store: Store) -> None:
    any_store.settle(any_store.write(pieces()), SHA256)
    assert b"".join(any_store.read(final_key(SHA256))) == CONTENT
    assert list(any_store.keys()) == [f"{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"]


def test_file_can_be_read_anywhere(any_store: Store) -> None:
    with any_store.open(any_store.write(pieces())) as file:
        file.seek(-3, 2)
        assert file.read() == CONTENT[-3:]
        file.seek(1_000_000)
        assert file.read(2_000_000) == CONTENT[1_000_000:3_000_000]
        assert file.read() == CONTENT[3_000_000:]


def test_upload_has_no_final_name_before_it_is_settled(any_store: Store) -> None:
    key = any_store.write(pieces())
    assert list(any_store.keys()) == []
    any_store.discard(key)
    any_store.discard(key)
    with pytest.raises(NotFound):
        any_store.read(key)


@pytest.mark.parametrize("error", [ValueError("putus"), ConnectionResetError("putus")])
def test_broken_stream_leaves_nothing_and_stays_the_senders_fault(any_store: Store, error: Exception) -> None:
    def breaking() -> Iterator[bytes]:
        yield CONTENT
        raise error

    with pytest.raises(type(error), match="putus"):
        any_store.write(breaking())
    assert any_store.drop_temporaries(SOON) == 0


def test_settling_the_same_content_twice_leaves_one_object(any_store: Store) -> None:
    for _ in range(2):
        any_store.settle(any_store.write(pieces()), SHA256)
    assert len(list(any_store.keys())) == 1
    assert any_store.drop_temporaries(SOON) == 0


def test_only_temporaries_that_are_old_are_dropped(any_store: Store) -> None:
    any_store.settle(any_store.write(pieces()), SHA256)
    any_store.write(pieces())
    assert any_store.drop_temporaries(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert any_store.drop_temporaries(SOON) == 1
    assert len(list(any_store.keys())) == 1


def test_temporary_that_was_swept_away_is_uploaded_again(any_store: Store) -> None:
    key = any_store.write(pieces())
    any_store.drop_temporaries(SOON)
    with pytest.raises(StoreUnavailable, match="try again"):
        any_store.settle(key, SHA256)


def test_half_written_file_of_a_folder_is_dropped_too(folder: Path) -> None:
    (folder / "incoming").mkdir(parents=True)
    (folder / "incoming" / "abc#1").write_bytes(b"half")
    assert configured().drop_temporaries(SOON) == 1


def test_folder_is_its_owners_alone(folder: Path) -> None:
    configured()
    assert folder.stat().st_mode & 0o077 == 0


def test_folder_below_the_data_directory_is_the_default(configure: Configure, tmp_path: Path) -> None:
    configure(RANHAM_DATA_DIR=str(tmp_path))
    configured()
    assert (tmp_path / "evidence").is_dir()


@pytest.mark.parametrize("address", ["s3://kunci:rahasia@bukti/a", "s3://bukti?key=rahasia", "gs://rahasia/a", "s3://"])
def test_address_with_more_than_a_place_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(BadInput) as refused:
        open_store(address)
    assert "rahasia" not in str(refused.value)


def test_store_that_is_gone_is_busy_and_says_no_secret(bucket: Bucket, configure: Configure) -> None:
    configure(AWS_ENDPOINT_URL="http://127.0.0.1:9")
    with pytest.raises(StoreUnavailable, match="try again later") as refused:
        configured().write(pieces(b"x"))
    told = "".join(traceback.format_exception(refused.value)) + repr(configured())
    assert not any(secret in told for secret in ("rahasia-sekali", "kunci", "127.0.0.1:9"))


def test_folder_that_cannot_be_written_is_busy(folder: Path) -> None:
    configured()
    (folder / "incoming").write_text("a file where a folder should be")
    with pytest.raises(StoreUnavailable):
        configured().write(pieces(b"x"))
