"""Every object is read again: one changed byte, one missing file and one too many are found."""

from pathlib import Path

import pytest

from ranham.submission.evidence.inspecting import Checked, Fault, verify
from ranham.submission.evidence.service import remove
from ranham.submission.evidence.store import final_key
from ranham.submission.evidence.sweeping import UnitOfWork, sweep
from tests.submission.evidence.desk import NOW, any_pdf, upload


@pytest.fixture
def keys(unit_of_work: UnitOfWork) -> list[str]:
    """Four files of one unit, one of them also another unit's."""
    with unit_of_work() as session:
        contents = [any_pdf() for _ in range(4)]
        upload(session, contents[0], "papua")
        return [final_key(upload(session, content).evidence.sha256) for content in contents]


def checked(unit_of_work: UnitOfWork) -> list[Checked]:
    with unit_of_work() as session:
        return list(verify(session))


def test_sound_store_is_sound_and_each_content_is_read_once(unit_of_work: UnitOfWork, keys: list[str]) -> None:
    assert sorted(checked(unit_of_work), key=lambda item: item.key) == [Checked(key, None) for key in sorted(keys)]


def test_one_flipped_bit_and_one_missing_file_are_found(
    unit_of_work: UnitOfWork, keys: list[str], folder: Path
) -> None:
    content = bytearray((folder / keys[0]).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / keys[0]).write_bytes(content)
    (folder / keys[1]).unlink()
    faults = {item.key: item.fault for item in checked(unit_of_work)}
    assert faults == {keys[0]: Fault.CHANGED, keys[1]: Fault.MISSING, keys[2]: None, keys[3]: None}


def test_object_without_a_row_and_foreign_file_are_found_and_only_ours_is_swept(
    unit_of_work: UnitOfWork, keys: list[str], folder: Path
) -> None:
    with unit_of_work() as session:
        gone = upload(session, any_pdf()).evidence
    with unit_of_work() as session:
        remove(session, gone.id, by="operator", now=NOW)
    misplaced = f"00/00/{keys[0][-64:]}"
    for name in ("catatan.txt", misplaced):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("not ours")
    faults = {item.key: item.fault for item in checked(unit_of_work) if item.fault}
    assert faults == {
        final_key(gone.sha256): Fault.ORPHAN,
        "catatan.txt": Fault.FOREIGN,
        misplaced: Fault.FOREIGN,
    }
    assert sweep(unit_of_work, now=NOW).objects == 1
    assert {item.fault for item in checked(unit_of_work)} == {None, Fault.FOREIGN}
