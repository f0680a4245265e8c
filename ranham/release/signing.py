"""Ed25519 keys: made, read from a file, used. A private key is in its file only, never in the database or a log."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ranham.kernel.errors import Conflict, NotFound, RanhamError


@dataclass(frozen=True, slots=True)
class PublicKey:
    key: Ed25519PublicKey

    @property
    def key_id(self) -> str:
        """SHA-256 of the key as DER, in hexadecimal: `openssl pkey -pubin -in FILE -outform DER | sha256sum`."""
        der = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @property
    def pem(self) -> str:
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A private key; it shows itself nowhere."""

    _private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self._private.public_key())

    @property
    def key_id(self) -> str:
        return self.public.key_id

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def sign(message: bytes, key: Key) -> bytes:
    return key.sign(message)


def verify(message: bytes, signature: bytes, key: PublicKey) -> bool:
    try:
        key.key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def new_key(file: Path) -> Key:
    """Make a key pair and write the private key (PKCS#8, PEM), for its owner's eyes only. Never overwrites a file."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{file} is there already; a key that signed releases is never overwritten") from None
    except OSError as error:
        raise RanhamError(f"{file} could not be written: {error.strerror}") from error
    with os.fdopen(opened, "wb") as out:
        out.write(pem)
    return Key(private)


def read_key(file: Path | None) -> Key:
    """The key that releases are signed with."""
    if file is None:
        raise Conflict(
            "no key to sign with: make one with `ranham release key new FILE` and set RANHAM_SIGNING_KEY_FILE to it"
        )
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise NotFound(f"the signing key {file} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise Conflict(f"{file} holds no Ed25519 private key in PEM; make one with: ranham release key new FILE")
    return Key(private)


def read_public_key(file: Path) -> PublicKey:
    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise NotFound(f"the public key {file} cannot be read: {error.strerror}") from error
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Conflict(f"{file} holds no Ed25519 public key in PEM; print it with: ranham release key show")
    return PublicKey(key)
