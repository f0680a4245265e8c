"""Files of a release as a folder: whole or not at all, checked, and the same bytes each time."""

import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ranham.kernel.errors import BadInput, Conflict
from ranham.release import formats
from ranham.release.content import ReleaseContent
from ranham.release.formats import FORMATS, published, write_all
from tests.release.formats.worlds import content, header


def read(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_same_release_gives_the_same_bytes(tmp_path: Path) -> None:
    write_all(content(), tmp_path / "one")
    write_all(content(), tmp_path / "two")
    assert read(tmp_path / "one") == read(tmp_path / "two")


def test_the_checksums_are_those_that_sha256sum_checks(tmp_path: Path) -> None:
    *_, sums = write_all(content(), tmp_path)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", sums.name], cwd=sums.parent, check=False, capture_output=True
    )
    assert done.returncode == 0
    named = {line.split("  ")[1] for line in sums.read_text().splitlines()}
    assert named == {file.name for file in sums.parent.iterdir()} - {sums.name}


def test_a_release_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[Path]:
        raise OSError("disk full")

    monkeypatch.setattr(formats, "FORMATS", {**FORMATS, "sdmx": broken})
    with pytest.raises(OSError, match="disk full"):
        write_all(content(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_writing_once_more_changes_nothing(tmp_path: Path) -> None:
    write_all(content(), tmp_path)
    before = {file: file.stat().st_ino for file in tmp_path.rglob("*")}
    write_all(content(), tmp_path)
    assert {file: file.stat().st_ino for file in tmp_path.rglob("*")} == before


def test_other_files_are_replaced_only_when_that_is_asked_for(tmp_path: Path) -> None:
    write_all(content(), tmp_path)
    before = read(tmp_path)
    other = content(reason="corrected")
    with pytest.raises(Conflict, match="holds other files"):
        write_all(other, tmp_path)
    assert read(tmp_path) == before
    write_all(other, tmp_path, replace=True)
    write_all(other, tmp_path / "fresh")
    after = {name: data for name, data in read(tmp_path).items() if not name.startswith("fresh")}
    assert after == read(tmp_path / "fresh")
    assert after != before


def test_a_file_that_somebody_changed_is_noticed(tmp_path: Path) -> None:
    written = write_all(content(), tmp_path)
    written[0].write_text("changed")
    with pytest.raises(Conflict):
        write_all(content(), tmp_path)


def test_a_folder_of_other_things_is_never_replaced(tmp_path: Path) -> None:
    strange = tmp_path / published.stem(header()) / "mine.txt"
    strange.parent.mkdir()
    strange.write_text("mine")
    with pytest.raises(Conflict):
        write_all(content(), tmp_path, replace=True)
    assert strange.read_text() == "mine"


def test_the_data_package_holds_the_csv_files(tmp_path: Path) -> None:
    both = write_all(content(), tmp_path / "both", formats=["csv", "datapackage"])
    alone = write_all(content(), tmp_path / "alone", formats=["csv"])
    assert [file.read_bytes() for file in both[:2]] == [file.read_bytes() for file in alone[:2]]


def test_an_unknown_format_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one of json, csv, datapackage"):
        write_all(content(), tmp_path, formats=["xml"])


def test_a_single_format_is_written_into_a_folder(tmp_path: Path) -> None:
    assert [file.suffix for file in formats.write("json", content(), tmp_path)] == [".json"]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"simulated": False}, "ranham-v-2022-b08-1"),
        ({"simulated": True}, "ranham-v-2022-b08-1-simulated"),
        ({"simulated": False, "state": "signed_off"}, "ranham-v-2022-b08-1-signed-off"),
        ({"simulated": True, "sandbox": True, "state": "provisional", "number": "RANHAM-V:2022-B08/sandbox-2"}, "ranham-v-2022-b08-sandbox-2-provisional-simulated"),
    ],
)  # fmt: skip
def test_what_is_no_published_release_of_real_reports_says_so_in_its_name(
    changed: dict[str, object], name: str
) -> None:
    assert published.stem(header(**changed)) == name


LISTS = re.compile("-(units|actions)[.]csv$")
"""What the codes of figures mean: the same whatever the figures are made from."""


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_that_reports_are_simulated(name: str, tmp_path: Path) -> None:
    kinds = {}
    for simulated in (True, False):
        made = tmp_path / str(simulated)
        made.mkdir()
        kinds[simulated] = formats.write(name, content(simulated=simulated), made)
    assert all("simulated" in file.name or file.name == "datapackage.json" for file in kinds[True])
    assert not any("simulated" in file.name for file in kinds[False])
    digests = [
        [hashlib.sha256(f.read_bytes()).hexdigest() for f in kinds[s] if not LISTS.search(f.name)] for s in kinds
    ]
    assert not set(digests[0]) & set(digests[1])


@pytest.mark.parametrize("name", FORMATS)
def test_a_release_without_figures_can_be_written(name: str, tmp_path: Path) -> None:
    empty = ReleaseContent(header(kind="year", label="2022", closing_month=None), (), ())
    assert formats.write(name, replace(empty), tmp_path)
