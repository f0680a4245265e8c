"""Random tokens: shown in a link, kept as their hash."""

import hashlib
import re
import secrets

from ranham.kernel.errors import NotFound

RANDOM_BYTES = 32
_SHAPE = re.compile("[A-Za-z0-9_-]{43}")


def new_token() -> str:
    return secrets.token_urlsafe(RANDOM_BYTES)


def hash_of(token: str) -> str:
    """What is stored; a text that no token can be is refused like an unknown one."""
    if not _SHAPE.fullmatch(token):
        raise NotFound("the link is unknown, has expired or was revoked")
    return hashlib.sha256(token.encode()).hexdigest()
