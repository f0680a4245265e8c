"""What every document carries on each page: what it is about, whether it is simulated, and how to check it."""

from typing import Any

from ranham.release.content import Header
from ranham.release.documents.indonesian import STATES, day, local_day, span

SIMULATED = "SIMULASI"


def marks(header: Header) -> dict[str, Any]:
    return {
        "number": header.number,
        "hash": header.content_hash,
        "simulated": header.simulated,
        "sandbox": header.sandbox,
        "state": STATES.get(header.state, header.state),
        "regulation": header.regulation,
        "span": span(header),
        "year": header.year,
        "version": header.version,
        "reason": header.reason,
        "territory": day(header.territory_as_of),
        "made_on": local_day(header.made_at),
        "published_on": local_day(header.published_at) if header.published_at else None,
        "rules_digest": header.rules_digest,
        "signature": header.signature,
        "key_id": header.key_id,
        "supersedes": header.supersedes,
        "superseded_by": header.superseded_by,
    }
