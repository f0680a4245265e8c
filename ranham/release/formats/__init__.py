"""Files of a release: one module for each format, all from the same published rows, byte for byte the same each time."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ranham.kernel.errors import BadInput, Conflict, Finding
from ranham.release.content import ReleaseContent
from ranham.release.formats import csv, datapackage, dhis2, json, parquet, sdmx, xlsx
from ranham.release.formats.published import Published, publish
from ranham.release.suppression import Policy

Writer = Callable[[Published, Path], list[Path]]

FORMATS: Mapping[str, Writer] = {
    "json": json.write,
    "csv": csv.write,
    "datapackage": datapackage.write,
    "parquet": parquet.write,
    "xlsx": xlsx.write,
    "dhis2": dhis2.write,
    "sdmx": sdmx.write,
}
CONTAINS = {"datapackage": "csv"}
"""A format whose files are among those of another is not written twice."""
CHECKSUMS = "SHA256SUMS"


def write(name: str, content: ReleaseContent, folder: Path) -> list[Path]:
    """One format into a folder that is there; a file of the same name is replaced."""
    return _writer(name)(publish(content), folder)


def write_all(
    content: ReleaseContent,
    folder: Path,
    *,
    formats: Iterable[str] | None = None,
    policy: Policy | None = None,
    replace: bool = False,
) -> list[Path]:
    """The release into a folder of its own below `folder`, which appears whole or not at all, with checksums.

    Files that are there already and the same stay; others are refused (`Conflict`) unless they may be replaced.
    Without a policy that of the release holds.
    """
    chosen = list(dict.fromkeys(formats or FORMATS))
    writers = [_writer(name) for name in chosen if not any(CONTAINS.get(other) == name for other in chosen)]
    published = publish(content, policy=policy)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / published.stem
    with tempfile.TemporaryDirectory(prefix=f".{published.stem}-", dir=folder) as made_in:
        made = Path(made_in) / published.stem
        made.mkdir()
        files = [file for write_format in writers for file in write_format(published, made)]
        sums = "".join(f"{_digest(file)}  {file.name}\n" for file in sorted(files))
        (made / CHECKSUMS).write_text(sums, "utf-8", newline="\n")
        names = [file.name for file in files] + [CHECKSUMS]
        if not _same(made, target):
            _put(made, target, Path(made_in) / "before", replace=replace)
    return [target / name for name in names]


def _put(made: Path, target: Path, before: Path, *, replace: bool) -> None:
    if target.exists():
        if not replace or not (target / CHECKSUMS).is_file():
            raise Conflict(f"{target} holds other files; write to another folder, or say that they may be replaced")
        target.rename(before)
        try:
            made.rename(target)
        except OSError:
            before.rename(target)
            raise
        shutil.rmtree(before)
    else:
        made.rename(target)


def _same(made: Path, target: Path) -> bool:
    """The files themselves are looked at: somebody may have changed one and left the checksums."""
    if not target.is_dir() or {f.name for f in made.iterdir()} != {f.name for f in target.iterdir()}:
        return False
    return all(_digest(file) == _digest(target / file.name) for file in made.iterdir())


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _writer(name: str) -> Writer:
    if name not in FORMATS:
        raise BadInput([Finding("format", name, f"one of {', '.join(FORMATS)}")])
    return FORMATS[name]
