"""Signing in, and who one is."""

from typing import Annotated

from pydantic import Field

from ranham.access.models import Role, TokenKind
from ranham.api.schemas.fields import WORDS, Inbound, Instant, Outbound, example

Secret = Annotated[str, Field(max_length=2000, pattern=WORDS)]


class SignInIn(Inbound):
    model_config = example({"email": "siti@banten.go.id", "password": "kuda laut berenang"})

    email: Annotated[str, Field(max_length=320, pattern=WORDS)]
    password: Secret


class IdTokenIn(Inbound):
    model_config = example({"id_token": "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "nonce": "n-0S6_WzA2Mj"})

    id_token: Annotated[str, Field(max_length=20_000, pattern=WORDS)]
    nonce: Annotated[str, Field(min_length=1, max_length=500, pattern=WORDS)]
    """The one that was sent with this very sign-in."""


class SessionOut(Outbound):
    model_config = example(
        {
            "token": "rnh_mJ0Yw2bq0Yl0x1vJj3hH2cS9oM8pQ7rT6uV5wX4yZ3A",
            "expires_at": "2026-11-25T01:00:00Z",
            "must_change_password": False,
        }
    )

    token: str
    """Shown this once. Sent with every request as Authorization: Bearer."""
    expires_at: Instant
    must_change_password: bool
    """The session can do nothing but POST /password and POST /sign-out."""


class PasswordIn(Inbound):
    model_config = example({"old_password": "sementara 2026 saja", "new_password": "gajah putih menyeberang"})

    old_password: Secret
    new_password: Secret


class RoleOut(Outbound):
    model_config = example({"role": "operator", "unit_code": "36.04", "place": "Serang", "opd": None, "office": None})

    role: Role
    unit_code: str | None
    place: str | None
    """Name of the unit."""
    opd: str | None
    office: str | None
    """Key of the Kanwil of a verifier; empty for the central team."""


class MeOut(Outbound):
    model_config = example(
        {
            "person_id": 12,
            "name": "Siti Aminah",
            "token_kind": "session",
            "roles": [{"role": "operator", "unit_code": "36.04", "place": "Serang", "opd": None, "office": None}],
        }
    )

    person_id: int
    name: str
    token_kind: TokenKind
    roles: list[RoleOut]
    """Those that are in force today."""
