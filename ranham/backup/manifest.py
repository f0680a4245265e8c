"""What a backup holds: each file with its size and SHA-256, and what the database said when it was taken."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ranham.kernel.errors import BadInput, Finding

NAME = "manifest.json"
DUMP = "database.dump"
EVIDENCE = "evidence"
PLANS = "plans"
FORMAT = 1
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One file, by its path within the backup."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class State:
    """What a database says about itself; the same again after a restore, or the restore failed."""

    revision: str
    """Of the schema."""
    figures_sha256: str
    """Over every figure of every period at every level."""
    figures: int
    events: int
    head_hash: str
    """Hash of the last event of the audit chain."""
    rows: dict[str, int]
    """By table."""


@dataclass(frozen=True, slots=True)
class Manifest:
    format: int
    made_at: str
    server_major: int
    dumped_by: str
    state: State
    evidence_missing: list[str]
    """SHA-256 of evidence whose bytes were missing or changed when the backup was taken."""
    files: list[Kept]


def write(folder: Path, manifest: Manifest) -> str:
    """Its own SHA-256, to be written down elsewhere: only that shows later that the manifest itself was changed."""
    content = (json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n").encode()
    (folder / NAME).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read(folder: Path, sha256: str | None = None) -> Manifest:
    """`sha256` is what was written down; without it only accidents are found, not somebody's work."""
    path = folder / NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput([Finding(str(path), str(error.strerror), "the manifest of a backup")]) from None
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise BadInput([Finding(str(path), found, f"{sha256}, which was written down")])
    try:
        said: dict[str, Any] = json.loads(content)
        if said["format"] != FORMAT:
            raise BadInput([Finding(str(path), f"format {said['format']}", f"format {FORMAT}")])
        manifest = Manifest(
            **{**said, "state": State(**said["state"]), "files": [Kept(**each) for each in said["files"]]}
        )
    except (ValueError, KeyError, TypeError):
        raise BadInput([Finding(str(path), "another shape", "the manifest of a backup")]) from None
    if wrong := [each.path for each in manifest.files if not _within(folder, each.path)]:
        raise BadInput([Finding(str(path), wrong[0], "paths within the backup")])
    return manifest


def measure(folder: Path, path: Path) -> Kept:
    digest = hashlib.sha256()
    for piece in pieces(path):
        digest.update(piece)
    return Kept(path.relative_to(folder).as_posix(), path.stat().st_size, digest.hexdigest())


def examine(folder: Path, manifest: Manifest) -> list[Finding]:
    """Every file read again; what is missing, cut short or changed."""
    found = []
    for kept in manifest.files:
        path = folder / kept.path
        if not path.is_file():
            found.append(Finding(kept.path, "no such file", "the file that the manifest names"))
        elif (is_now := measure(folder, path)) != kept:
            expected = f"{kept.size_bytes} bytes, SHA-256 {kept.sha256}"
            found.append(Finding(kept.path, f"{is_now.size_bytes} bytes, SHA-256 {is_now.sha256}", expected))
    if DUMP not in {kept.path for kept in manifest.files}:
        found.append(Finding(NAME, "no database", f"{DUMP} among the files"))
    return found


def differences(before: State, after: State) -> list[Finding]:
    """Between what was backed up and what was restored."""
    return [
        Finding(f.name.replace("_", " "), str(getattr(after, f.name)), str(getattr(before, f.name)))
        for f in fields(State)
        if getattr(before, f.name) != getattr(after, f.name)
    ]


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _within(folder: Path, path: str) -> bool:
    return (folder / path).resolve().is_relative_to(folder.resolve())
