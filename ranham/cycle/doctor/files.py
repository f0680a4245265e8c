"""Folders, stores and secrets."""

import shutil
import stat
import tempfile
from pathlib import Path

from ranham.cycle.doctor.verdicts import Verdict, failed, ok
from ranham.kernel.errors import BadInput
from ranham.kernel.settings import settings, smtp_servers
from ranham.kernel.webhook_settings import webhook_settings
from ranham.release.signing import read_key
from ranham.submission.evidence import store

PROBE = b"ranham doctor"
OTHERS = stat.S_IRWXO
MEGABYTE = 1 << 20


def data_directory() -> list[Verdict]:
    name, folder = "data directory", settings().data_dir
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(PROBE)
    except OSError as error:
        mend = f"make {folder} and give it to the user that runs the engine"
        return [failed(name, f"{folder} cannot be written: {error.strerror}", mend)]
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < settings().free_megabytes:
        words = f"{folder}: {free:,} MB are free, fewer than {settings().free_megabytes:,}"
        return [failed(name, words, "make room, or lower RANHAM_FREE_MEGABYTES")]
    return [ok(name, f"{folder} can be written, {free:,} MB are free")]


def evidence_store() -> list[Verdict]:
    """A probe is written, read and removed; it never gets a name under which evidence lies."""
    found = store.configured()
    key = found.write(iter([PROBE]))
    try:
        back = b"".join(found.read(key))
    finally:
        found.discard(key)
    if back != PROBE:
        return [failed("evidence store", "a probe came back changed", "stop uploads, and look at the store")]
    return [ok("evidence store", "a probe was written, read and removed")]


def secrets() -> list[Verdict]:
    """Files with secrets are for nobody but their owner and group."""
    named = [
        settings().gateways_file,
        settings().metrics_token_file,
        settings().signing_key_file,
        *_passwords(),
        *_webhook_secrets(),
    ]
    files = [file for file in named if file is not None]
    found = [verdict for file in files if (verdict := _open_to_others(file)) is not None]
    return found or [ok("secrets", f"{len(files)} files, none of them open to others")]


def signing_key() -> list[Verdict]:
    """Read as publishing reads it: a key that cannot be read would fail each tick once something is signed off."""
    file = settings().signing_key_file
    if file is None:
        return [ok("signing key", "none is configured: releases wait for one")]
    return [ok("signing key", f"key {read_key(file).key_id[:16]} in {file}")]


def _passwords() -> list[Path | None]:
    try:
        return [each.password_file for _, each in smtp_servers()]
    except BadInput:  # the check of e-mail says so
        return []


def _webhook_secrets() -> list[Path]:
    try:
        folder = webhook_settings().secrets_dir
    except BadInput:  # the check of the webhooks says so
        return []
    if folder is None or not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.is_file())


def _open_to_others(file: Path) -> Verdict | None:
    try:
        mode = file.stat().st_mode
    except OSError as error:
        return failed("secrets", f"{file}: {error.strerror}", "put the file there, or take it out of the settings")
    return failed("secrets", f"{file} is open to others", f"chmod 600 {file}") if mode & OTHERS else None
