"""Printed documents of a published release, as they were written: found again, and handed out only as they were."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from ranham.kernel.errors import NotFound, Unavailable
from ranham.release.models import OutputKind, Release, ReleaseFiling

FOLDER = "documents/"


def documents(session: Session, release: Release, content_tag: str) -> Mapping[str, str]:
    """File name to SHA-256 in hexadecimal, the annual report first; empty where none were written under this tag."""
    written = session.get(ReleaseFiling, (release.id, OutputKind.DOCUMENTS, content_tag))
    return {name.removeprefix(FOLDER): digest for name, digest in sorted(written.files.items())} if written else {}


def read_document(folder: Path, number: str, written: Mapping[str, str], name: str) -> bytes:
    """The bytes of a document below the folder of the release.

    Raises NotFound where no such document was written, and Unavailable where this host does not have the one that was:
    another host wrote it into a folder of its own, or somebody changed it.
    """
    if name not in written:
        known = ", ".join(written) or "none: they are written once a year is published"
        raise NotFound(f"{number} has no document {name}; there are {known}")
    try:
        data = (folder / FOLDER / name).read_bytes()
    except OSError:
        raise Unavailable(f"{name} of {number} was written by another host; both need the same release-files") from None
    if hashlib.sha256(data).hexdigest() != written[name]:
        raise Unavailable(f"{name} of {number} is not as it was written, so it is not handed out; restore its file")
    return data
