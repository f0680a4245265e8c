"""Evidence (data dukung) as it is described."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ranham.api.schemas.fields import WORDS, Inbound, Instant, Outbound, example
from ranham.submission.models.evidence import Scan

EVIDENCE = {
    "id": 41, "unit_code": "36.04", "file_name": "notulen.pdf", "media_type": "application/pdf", "size_bytes": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "kind": "notulen",
    "dated_on": "2022-08-12", "letterhead": True, "signed": True, "scan": "clean", "uploaded_by": "person:12",
    "uploaded_at": "2022-09-05T03:00:00Z",
}  # fmt: skip


class EvidenceIn(Inbound):
    """In the query: the body is the file."""

    file_name: Annotated[str, Field(min_length=1, max_length=255, pattern=WORDS, examples=["notulen.pdf"])]
    kind: Annotated[
        str,
        Field(
            description="Such as notulen, daftar_hadir, foto, sk.", pattern=r"^[a-z0-9_]{1,60}$", examples=["notulen"]
        ),
    ]
    dated_on: Annotated[date | None, Field(description="Day of the document.", examples=["2022-08-12"])] = None
    letterhead: bool | None = None
    signed: bool | None = None


class EvidenceOut(Outbound):
    model_config = example(EVIDENCE)

    id: int
    unit_code: str | None
    file_name: str
    media_type: str
    """As the content says."""
    size_bytes: int
    sha256: str
    kind: str
    dated_on: date | None
    letterhead: bool | None
    signed: bool | None
    scan: Scan
    uploaded_by: str
    uploaded_at: Instant


class StoredOut(Outbound):
    model_config = example({"evidence": EVIDENCE, "already_stored": False, "notice": None})

    evidence: EvidenceOut
    already_stored: bool
    """The unit had these bytes: what was said of them first stays."""
    notice: str | None
