"""What goes out of a published release: its files and documents, and who is told of it. Each once, whatever breaks."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.kernel.errors import Conflict
from ranham.outbox.deliveries import NewDelivery, create
from ranham.release import kept
from ranham.release.companions import Companion, documents_tag
from ranham.release.content import ReleaseContent
from ranham.release.documents import annual_report, province_sheet
from ranham.release.formats import FORMATS
from ranham.release.models import OutputKind, Release, ReleaseFiling, ReleaseOutput
from ranham.release.queries import get_release
from ranham.release.service_report import ServiceReport
from ranham.release.states import ReleaseState
from ranham.release.suppression import Policy
from ranham.release.telling import recipients

KIND = "release"
"""Of the deliveries."""
ANNUAL_REPORT = "annual-report.pdf"


def write_files(
    folder: Path, content_tag: str, policy: Policy | None, load_it: Callable[[], ReleaseContent]
) -> dict[str, str]:
    """Every format, kept where the API finds it; name to SHA-256. What is there already is not written again."""
    digests: dict[str, str] = {}
    for name in FORMATS:
        file = kept.keep(folder, content_tag, name, policy, load_it)
        digests[f"{name}/{file.name}"] = _digest(file.plain)
    return digests


def write_documents(
    folder: Path,
    content: ReleaseContent,
    *,
    periods: Sequence[ReleaseContent],
    service: Sequence[ServiceReport],
    reached: Callable[[int, int], None] = lambda _done, _whole: None,
) -> tuple[str, dict[str, str]]:
    """The annual report and a sheet for each province of what the public may see, beside the files; whole or not at all.

    Gives the tag of all of them, and name to SHA-256.
    """
    beside = [
        Companion(each.header.number, each.header.label, each.header.content_hash, each.header.rules)
        for each in periods
    ]
    tag = documents_tag(content.header.content_hash, content.header.rules, beside)
    target = folder / tag / "documents"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".documents-", dir=target.parent) as made_in:
            made = Path(made_in) / "documents"
            made.mkdir()
            (made / ANNUAL_REPORT).write_bytes(annual_report(content, periods=periods, service=service))
            provinces = [unit for unit in content.units if unit.level == "province"]
            for number, unit in enumerate(provinces, 1):
                key = unit.code or unit.name
                sheet = province_sheet(content, key, periods=periods)
                (made / f"sheet-{key.replace(' ', '-')}.pdf").write_bytes(sheet)
                reached(number, len(provinces))
            try:
                made.rename(target)
            except OSError:
                if not target.is_dir():  # else somebody else was quicker
                    raise
    return tag, {f"documents/{file.name}": _digest(file) for file in sorted(target.iterdir())}


def record(  # noqa: PLR0913 - what was written
    session: Session,
    number: str,
    kind: OutputKind,
    files: Mapping[str, str],
    *,
    now: datetime,
    content_tag: str,
) -> bool:
    """That it is written, in the audit chain too; the announcement goes with the first files. False if it was said before.

    What was written anew under another `content_tag`, as the small-cell rule or the rendering changed, is told to
    nobody: the release is the same, and so is where it is found.
    """
    release = get_release(session, number, lock=True)
    if release.state is not ReleaseState.PUBLISHED:
        raise Conflict(f"{number} is {release.state.replace('_', ' ')}; only what is published is distributed")
    first = session.get(ReleaseOutput, (release.id, kind)) is None
    if session.get(ReleaseFiling, (release.id, kind, content_tag)) is not None:
        return False
    if first:
        session.add(ReleaseOutput(release_id=release.id, kind=kind, written_at=now, files=dict(files)))
    session.add(
        ReleaseFiling(release_id=release.id, kind=kind, content_tag=content_tag, written_at=now, files=dict(files))
    )
    session.flush()
    told = announce(session, release, now=now) if kind is OutputKind.FILES and first else 0
    detail = {"number": number, "files": len(files), "told": told, "tag": content_tag}
    audit.record(
        session, actor="engine", kind=f"release.{kind}_written", subject="release", subject_id=release.id,
        detail=detail, now=now,
    )  # fmt: skip
    return True


def announce(session: Session, release: Release, *, now: datetime) -> int:
    """A message to everybody who answers for figures; once for each address and version."""
    rows = recipients(session, now=now)
    return len(
        create(
            session,
            [
                NewDelivery(
                    key=f"{KIND}:{release.id}:{row.channel}:{row.address.lower()}",
                    kind=KIND,
                    ref=release.id,
                    channel=row.channel,
                    address=row.address,
                    name=row.name,
                    language=row.language,
                    not_before=now,
                    expires_at=None,
                )
                for row in rows
            ],
            now=now,
        )
    )


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
