"""Checks an ID token of OpenID Connect against the configured issuer."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

import jwt

from ranham.access.rules import IdToken, check_claims
from ranham.kernel.addresses import shown
from ranham.kernel.errors import Conflict, RanhamError, Unavailable
from ranham.kernel.settings import settings

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Signatures by a key that only the issuer has; never `none`, never one with a shared secret."""
FETCH_SECONDS = 10.0


class IdTokenRefused(RanhamError):  # noqa: N818 - a refusal, as in ranham.kernel.errors
    """The sentence says why, for our log; the person is told only that signing in did not work."""


@dataclass(frozen=True, slots=True)
class Provider:
    issuer: str
    audience: str
    jwks: str
    """Address of the issuer's key set, or the set itself as JSON."""


def configured_provider() -> Provider:
    found = settings()
    if not (found.oidc_issuer and found.oidc_audience and found.oidc_jwks):
        raise Conflict(
            "signing in with OpenID Connect is not set up; set RANHAM_OIDC_ISSUER, RANHAM_OIDC_AUDIENCE, RANHAM_OIDC_JWKS"
        )
    if found.oidc_jwks.lstrip().startswith("{"):
        try:
            json.loads(found.oidc_jwks)
        except ValueError as error:
            raise Conflict(f"RANHAM_OIDC_JWKS is neither an address nor JSON: {error}") from error
    return Provider(found.oidc_issuer, found.oidc_audience, found.oidc_jwks)


def read_id_token(raw: str, *, provider: Provider, nonce: str, now: datetime) -> IdToken:
    """What a token says, if its signature, issuer, audience, times and nonce hold; `IdTokenRefused` if not.

    `nonce` is the one that was sent with this very sign-in. `Busy` if the issuer's keys cannot be fetched.
    """
    try:
        header = jwt.get_unverified_header(raw)
        claims = jwt.decode(
            raw,
            _key(provider.jwks, header.get("kid")),
            algorithms=ALGORITHMS,
            audience=provider.audience,
            issuer=provider.issuer,
            # Times are checked by our own rule, on the `now` that everything else goes by.
            options={
                "require": ["exp", "iat", "iss", "aud", "sub"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWKClientConnectionError as error:
        raise Unavailable(f"the keys of {shown(provider.issuer)} cannot be fetched now") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise IdTokenRefused(f"the ID token is refused: {error}") from error
    reason = check_claims(claims, audience=provider.audience, nonce=nonce, now=now)
    if reason is not None:
        raise IdTokenRefused(f"the ID token is refused: {reason}")
    verified = claims.get("email_verified") is True and isinstance(claims.get("email"), str)
    return IdToken(provider.issuer, str(claims["sub"]), claims["email"] if verified else None)


def _key(jwks: str, kid: str | None) -> jwt.PyJWK:
    """The key that a token names; without a name, the only one there is."""
    inline = jwks.lstrip().startswith("{")
    if not inline and kid is not None:
        return _client(jwks).get_signing_key(kid)
    found = jwt.PyJWKSet.from_dict(json.loads(jwks)) if inline else _client(jwks).get_jwk_set()
    keys = [key for key in found.keys if key.public_key_use in (None, "sig") and kid in (None, key.key_id)]
    if len(keys) != 1:
        raise jwt.PyJWKClientError(f"the issuer has {len(keys)} keys for this token, not one")
    return keys[0]


@lru_cache(maxsize=4)
def _client(address: str) -> jwt.PyJWKClient:
    """Keeps fetched keys for five minutes; a key that is not among them is looked for again, not more than twice a minute."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise Conflict(f"RANHAM_OIDC_JWKS must be https, not {parts.scheme or 'without a scheme'}")
    return jwt.PyJWKClient(address, timeout=FETCH_SECONDS)
