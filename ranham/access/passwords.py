"""Argon2id over passwords: the library's own parameters (RFC 9106, low memory), kept in each hash."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ranham.access.rules import normal_password

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return _hasher.hash(_octets(password))


def matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, _octets(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def spend_the_same(password: str) -> None:
    """The work of a check whose answer is known already, so that the time taken tells nothing."""
    matches(_nobodys_hash(), password)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def _octets(password: str) -> bytes:
    # Whatever a form sends is a wrong password at worst, never an error.
    return normal_password(password).encode("utf-8", "surrogatepass")
