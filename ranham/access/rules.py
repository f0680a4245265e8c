"""What a role needs, what a password needs, when an account locks, what an ID token must say. Pure."""

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ranham.access.models import Role
from ranham.kernel.errors import Finding

UNIT_ROLES = frozenset({Role.OPERATOR, Role.OPD_CONTRIBUTOR, Role.PROVINCE_COORDINATOR})
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024
"""No rule on its characters: length is what helps. The upper end keeps a request from hashing without end."""
ID_TOKEN_LEEWAY = timedelta(seconds=60)
"""How far the clocks of an issuer and of ours may differ."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role is held; what a role does not need stays empty."""

    unit_id: int | None = None
    office_id: int | None = None
    opd: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    valid_from: date
    valid_to: date | None = None

    def overlaps(self, other: "Span") -> bool:
        return (self.valid_to is None or other.valid_from < self.valid_to) and (
            other.valid_to is None or self.valid_from < other.valid_to
        )


@dataclass(frozen=True, slots=True)
class LockOut:
    """After so many wrong passwords in a row an account takes none for a time."""

    failures: int
    pause: timedelta


@dataclass(frozen=True, slots=True)
class IdToken:
    """What a checked ID token says about its person."""

    issuer: str
    subject: str
    email: str | None
    """Only if the issuer says that it has verified the address."""


def role_findings(role: Role, place: Place, span: Span) -> list[Finding]:
    found = []
    if (role in UNIT_ROLES) != (place.unit_id is not None):
        found.append(Finding("unit", _given(place.unit_id), f"{'a' if role in UNIT_ROLES else 'no'} unit for {role}"))
    if (role is Role.OPD_CONTRIBUTOR) != bool((place.opd or "").strip()):
        wanted = "the name of the OPD" if role is Role.OPD_CONTRIBUTOR else f"no OPD for {role}"
        found.append(Finding("OPD", _given(place.opd), wanted))
    if place.office_id is not None and role is not Role.VERIFIER:
        found.append(Finding("office", _given(place.office_id), f"no verifying office for {role}"))
    if span.valid_to is not None and span.valid_to <= span.valid_from:
        found.append(Finding("last day", str(span.valid_to), f"a day after {span.valid_from}"))
    return found


def normal_email(email: str) -> str:
    return email.strip().lower()


def email_findings(email: str) -> list[Finding]:
    before, at, after = email.partition("@")
    sound = before and at and "." in after and email.isprintable() and not set(email) & set(" ,;<>\"'")
    return (
        [] if sound and after.count("@") == 0 else [Finding("e-mail", repr(email), "an address like nama@daerah.go.id")]
    )


def normal_password(password: str) -> str:
    """One form for the ways in which keyboards and systems spell the same characters."""
    return unicodedata.normalize("NFKC", password)


def password_findings(password: str) -> list[Finding]:
    """The password itself is never part of a finding."""
    length = len(normal_password(password))
    if SHORTEST_PASSWORD <= length <= LONGEST_PASSWORD:
        return []
    return [Finding("password", f"{length} characters", f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")]


def check_claims(
    claims: Mapping[str, Any], *, audience: str, nonce: str, now: datetime, leeway: timedelta = ID_TOKEN_LEEWAY
) -> str | None:
    """Why a token whose signature, issuer and audience hold is refused all the same, or None.

    OpenID Connect Core 1.0, 3.1.3.7: expiry, the party it was made for, and the nonce that we sent.
    """
    try:
        ends, made = float(claims["exp"]), float(claims["iat"])
        starts = float(claims.get("nbf", made))
    except (KeyError, TypeError, ValueError):
        return "it does not say when it was made and when it ends"
    instant, spare = now.timestamp(), leeway.total_seconds()
    if instant >= ends + spare:
        return "it has expired"
    if max(made, starts) > instant + spare:
        return "it is not valid yet"
    if claims.get("azp", audience) != audience:
        return "it was made for another party"
    if not nonce or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        return "it does not answer this sign-in (nonce)"
    return None


def _given(value: object) -> str:
    return "none" if value is None or value == "" else str(value)
