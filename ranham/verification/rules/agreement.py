"""Second readings: which reports are read twice, and how far two readers agree. Pure."""

import hashlib
from collections import Counter
from collections.abc import Hashable, Sequence
from fractions import Fraction


def drawn(period_id: int, submission_id: int, share_bp: int) -> bool:
    """Whether a revision is read twice: by a hash, so that nobody chooses and everybody can repeat the draw."""
    digest = hashlib.sha256(f"{period_id}:{submission_id}".encode()).digest()
    return int.from_bytes(digest[:3], "big") % 10_000 < share_bp


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Fraction | None:
    """Cohen's kappa of two readers: (observed - expected) / (1 - expected), exact.

    None where it is not defined: without pairs, or when both use one and the same category only.
    """
    total = len(pairs)
    if total == 0:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = Fraction(sum(a == b for a, b in pairs), total)
    expected = sum((Fraction(first[name] * second[name], total * total) for name in first), Fraction(0))
    return None if expected == 1 else (observed - expected) / (1 - expected)
