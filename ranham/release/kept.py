"""Bytes of a published release: rendered once, kept as files below a folder, named by what they are made of."""

import gzip
import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from ranham.release.content import ReleaseContent, spell
from ranham.release.formats import FORMATS
from ranham.release.formats.published import publish
from ranham.release.states import ReleaseState
from ranham.release.suppression import Policy

RENDERING = 2
"""Of how content becomes bytes. Whoever changes a byte of any format raises it: the same tag means the same bytes to
everybody who kept some, so files are written anew under a new one."""
PACKED = ".gz"
_rendering = Lock()
"""Of many who ask for the same first, one renders: a whole release is a lot of memory."""
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest a ZIP can say: the same bytes whenever it is made."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    plain: Path
    packed: Path


def tag(content_hash: str, policy: Policy | None) -> str:
    """What the bytes of a published release depend on: its content, how it is rendered, and the small-cell rule."""
    rendered = f"{content_hash}-{RENDERING}"
    if policy is None:
        return rendered
    said = {"of": sorted(policy.target_groups), "below": policy.threshold, "actions": dict(policy.actions)}
    return f"{rendered}-{hashlib.sha256(spell(said).encode()).hexdigest()[:16]}"


def documents_tag(own: str, others: Sequence[str]) -> str:
    """Documents show other releases too: what is hidden in those changes them. `others`: the tag of each, in order."""
    return f"{own}-{hashlib.sha256(' '.join(others).encode()).hexdigest()[:16]}" if others else own


def keep(
    folder: Path, content_tag: str, format_name: str, policy: Policy | None, load: Callable[[], ReleaseContent]
) -> File:
    """The file of a format, rendered if nobody has asked for it before. It appears whole or not at all."""
    target = folder / content_tag / format_name
    if not target.is_dir():
        with _rendering:
            _render_into(target, format_name, policy, load)
    [file] = [each for each in target.iterdir() if each.suffix != PACKED]
    return File(file.name, file, target / f"{file.name}{PACKED}")


def _render_into(target: Path, format_name: str, policy: Policy | None, load: Callable[[], ReleaseContent]) -> None:
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        name, data = render(as_published(load()), format_name, policy)
        with tempfile.TemporaryDirectory(prefix=f".{format_name}-", dir=target.parent) as made_in:
            made = Path(made_in) / format_name
            made.mkdir()
            (made / name).write_bytes(data)
            (made / f"{name}{PACKED}").write_bytes(gzip.compress(data, mtime=0))
            try:
                made.rename(target)
            except OSError:
                # Somebody else was quicker, with the same bytes.
                if not target.is_dir():
                    raise


def as_published(content: ReleaseContent) -> ReleaseContent:
    """As on the day it was published: that a later version supersedes it changes no byte of its files."""
    return replace(content, header=replace(content.header, state=ReleaseState.PUBLISHED.value, superseded_by=None))


def render(content: ReleaseContent, format_name: str, policy: Policy | None) -> tuple[str, bytes]:
    """Name and bytes; of a format of several files a ZIP."""
    shown = publish(content, policy=policy)
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(FORMATS[format_name](shown, Path(folder)))
        if len(files) == 1:
            return files[0].name, files[0].read_bytes()
        packed = Path(folder) / "all.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
            for file in files:
                entry = zipfile.ZipInfo(file.name, ZIP_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                out.writestr(entry, file.read_bytes())
        return f"{shown.stem}-{format_name}.zip", packed.read_bytes()
