"""Taking a backup of database, evidence and plan files as of one moment, and putting it back on an empty database."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.backup import manifest as manifests
from ranham.backup import programs
from ranham.backup.manifest import DUMP, EVIDENCE, FORMAT, PLANS, Kept, Manifest
from ranham.backup.state import describe, tables
from ranham.kernel import migrations
from ranham.kernel.database import database_url, engine, read_session
from ranham.kernel.errors import BadInput, Conflict, NotFound, RanhamError
from ranham.kernel.protection import create_role
from ranham.plan.source import plan_path
from ranham.submission.evidence import queries as evidence
from ranham.submission.evidence import store as stores


@dataclass(frozen=True, slots=True)
class Taken:
    manifest: Manifest
    sha256: str
    """Of the manifest, to be written down elsewhere."""


def take(folder: Path, *, now: datetime) -> Taken:
    """Write a backup to a folder that is not there or empty; it appears whole under its name, or not at all.

    Dump, list of evidence and figures are of one snapshot, so that work may go on meanwhile. Evidence that was removed
    by its unit meanwhile is named as missing.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is not empty; a backup is never written over anything")
    part = folder.with_name(f".{folder.name}.part")
    if part.exists():
        raise Conflict(f"{part} is there: another backup is being written, or one died; if so, remove it")
    try:
        part.mkdir(parents=True, mode=0o700)  # personal data: for its owner alone
        taken = _write(part, now)
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.replace(folder)  # over an empty folder too
    except OSError as error:
        raise RanhamError(f"{folder} could not be written: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return taken


def check(folder: Path, *, sha256: str | None = None) -> Manifest:
    """Read every file of a backup again; `BadInput` names what is missing, cut short or changed."""
    manifest = manifests.read(folder, sha256)
    if found := manifests.examine(folder, manifest):
        raise BadInput(found)
    return manifest


def restore(folder: Path, *, sha256: str | None = None) -> Manifest:
    """Onto the configured database, which must be empty, and into the configured evidence store; then prove it.

    The database comes in one transaction and after the evidence: a restore that fails leaves it empty, and can be
    tried again.
    """
    manifest = check(folder, sha256=sha256)
    if manifest.state.revision != migrations.newest():
        raise Conflict(
            f"the backup has the schema {manifest.state.revision}, these files have {migrations.newest()}; "
            "restore with the version that took the backup, then upgrade"
        )
    _refuse_unless_empty(manifest)
    _put_evidence(folder)
    with engine().begin() as connection:
        create_role(connection)
    address = database_url()
    program = programs.choose("pg_restore", max(_server_major(), int(manifest.dumped_by.split(".")[0])))
    programs.run(program, address, "--single-transaction", "--exit-on-error", "--no-owner", str(folder / DUMP))
    _prove(manifest)
    return manifest


def _write(part: Path, now: datetime) -> Taken:
    with read_session() as session:
        snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
        major = _major(session)
        program = programs.choose("pg_dump", major)
        programs.run(
            program, database_url(), "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={part / DUMP}"
        )
        state = describe(session)
        if state.revision != migrations.newest():
            raise Conflict("the database does not have the newest schema; run: ranham db upgrade")
        missing = [sha256 for sha256 in evidence.contents(session) if not _copy(part, sha256)]
    shutil.copytree(plan_path("ranham-v-2022").parent, part / PLANS, ignore=shutil.ignore_patterns("*.py", "__*"))
    files: list[Kept] = [manifests.measure(part, path) for path in sorted(part.rglob("*")) if path.is_file()]
    manifest = Manifest(FORMAT, now.isoformat(), major, program.version, state, missing, files)
    return Taken(manifest, manifests.write(part, manifest))


def _copy(part: Path, sha256: str) -> bool:
    """False where the store does not have these bytes; what is changed is not kept under a name that it is not."""
    target = part / EVIDENCE / stores.final_key(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with suppress(NotFound):
        source = stores.configured().read(stores.final_key(sha256))
        with target.open("wb") as out:
            for piece in source:
                digest.update(piece)
                out.write(piece)
    if digest.hexdigest() == sha256:
        return True
    target.unlink(missing_ok=True)
    return False


def _put_evidence(folder: Path) -> None:
    store = stores.configured()
    for path in sorted((folder / EVIDENCE).rglob("*")):
        sha256 = stores.sha256_of(path.relative_to(folder / EVIDENCE).as_posix())
        if path.is_file() and sha256 is not None:
            store.settle(store.write(manifests.pieces(path)), sha256)


def _refuse_unless_empty(manifest: Manifest) -> None:
    with read_session() as session:
        if found := tables(session):
            raise Conflict(
                f"the database is not empty ({len(found)} tables, the first is {found[0]}); nothing was changed. "
                "Name an empty one in RANHAM_DATABASE_URL"
            )
        if (major := _major(session)) < manifest.server_major:
            raise Conflict(f"the backup is of PostgreSQL {manifest.server_major}, this server is the older {major}")


def _prove(manifest: Manifest) -> None:
    with read_session() as session:
        found = manifests.differences(manifest.state, describe(session))
        missing = [sha256 for sha256 in evidence.contents(session) if not _sound(sha256)]
    if found:
        raise BadInput(found)
    if missing != manifest.evidence_missing:
        raise Conflict(f"evidence is missing or changed that the backup had: {missing}")


def _sound(sha256: str) -> bool:
    digest = hashlib.sha256()
    try:
        for piece in _bytes(sha256):
            digest.update(piece)
    except NotFound:
        return False
    return digest.hexdigest() == sha256


def _bytes(sha256: str) -> Iterator[bytes]:
    return stores.configured().read(stores.final_key(sha256))


def _server_major() -> int:
    with read_session() as session:
        return _major(session)


def _major(session: Session) -> int:
    return int(session.scalar(text("SHOW server_version_num")) or 0) // 10_000
