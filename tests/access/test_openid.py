"""OpenID Connect with an issuer of the test's own: its keys are made here."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from sqlalchemy.orm import Session

from ranham.access import id_token, service
from ranham.access.id_token import IdTokenRefused, Provider, read_id_token
from ranham.access.rules import IdToken
from ranham.kernel.errors import Busy, Conflict
from ranham.kernel.settings import settings
from tests.access.people import NOW, PASSWORD, events, person

ISSUER, AUDIENCE, NONCE = "https://sso.example.go.id", "ranham", "n-0S6_WzA2Mj"
RSA_KEY = rsa.generate_private_key(65537, 2048)
PRIVATE: dict[str, Any] = {
    "RS256": RSA_KEY,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
PUBLIC: dict[str, dict[str, Any]] = {
    "RS256": RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True),
    "ES256": ECAlgorithm.to_jwk(PRIVATE["ES256"].public_key(), as_dict=True),
    "EdDSA": OKPAlgorithm.to_jwk(PRIVATE["EdDSA"].public_key(), as_dict=True),
}
JWKS = json.dumps({"keys": [key | {"kid": name, "use": "sig"} for name, key in PUBLIC.items()]})
PROVIDER = Provider(ISSUER, AUDIENCE, JWKS)


def claims(**changes: Any) -> dict[str, Any]:
    said = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "248289761001", "nonce": NONCE, "iat": NOW.timestamp(),
        "exp": (NOW + timedelta(minutes=5)).timestamp(), "email": "Siti@Banten.go.id", "email_verified": True,
    } | changes  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def signed(algorithm: str = "RS256", *, kid: str | None = "", **changes: Any) -> str:
    headers = {} if kid is None else {"kid": kid or algorithm}
    return jwt.encode(claims(**changes), PRIVATE[algorithm], algorithm=algorithm, headers=headers)


def read(raw: str, *, provider: Provider = PROVIDER, now: datetime = NOW, nonce: str = NONCE) -> IdToken:
    return read_id_token(raw, provider=provider, nonce=nonce, now=now)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_of_the_issuer_says_who_it_is(algorithm: str) -> None:
    assert read(signed(algorithm)) == IdToken(ISSUER, "248289761001", "Siti@Banten.go.id")


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_issuer_has_not_verified_does_not_count(verified: object) -> None:
    assert read(signed(email_verified=verified)).email is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "https://other.example"}, "issuer"),
        ({"aud": "other"}, "[Aa]udience"),
        ({"aud": [AUDIENCE, "other"], "azp": "other"}, "another party"),
        ({"sub": None}, "sub"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "when it ends"),
        ({"exp": (NOW - timedelta(seconds=60)).timestamp()}, "expired"),
        ({"nbf": (NOW + timedelta(seconds=61)).timestamp()}, "not valid yet"),
        ({"iat": (NOW + timedelta(seconds=61)).timestamp()}, "not valid yet"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(IdTokenRefused, match=why):
        read(signed(**changes))


def test_an_empty_nonce_never_fits() -> None:
    with pytest.raises(IdTokenRefused, match="nonce"):
        read(signed(nonce=""), nonce="")


def test_clocks_may_differ_by_a_minute() -> None:
    assert read(signed(), now=NOW + timedelta(minutes=5, seconds=59)).subject


def forged() -> dict[str, str]:
    other = rsa.generate_private_key(65537, 2048)
    body = claims()
    good = signed()
    return {
        "unsigned": jwt.encode(body, None, algorithm="none", headers={"kid": "RS256"}),
        "public key as a shared secret": jwt.encode(
            body, PUBLIC["RS256"]["n"], algorithm="HS256", headers={"kid": "RS256"}
        ),
        "another key under the same name": jwt.encode(body, other, algorithm="RS256", headers={"kid": "RS256"}),
        "an algorithm that is not allowed": jwt.encode(body, RSA_KEY, algorithm="RS512", headers={"kid": "RS256"}),
        "a key of another kind": signed("ES256", kid="RS256"),
        "a key that nobody has": signed(kid="other"),
        "no name and several keys": signed(kid=None),
        "a changed body": ".".join([good.split(".")[0], signed(sub="1").split(".")[1], good.split(".")[2]]),
        "no token": "x",
        "no text": "\ud800.\ud800.x",
        "nothing": "",
    }


@pytest.mark.parametrize("way", list(forged()))
def test_a_forged_token_is_refused(way: str) -> None:
    with pytest.raises(IdTokenRefused):
        read(forged()[way])


def test_without_a_name_the_only_key_is_meant() -> None:
    alone = Provider(ISSUER, AUDIENCE, json.dumps({"keys": [PUBLIC["EdDSA"]]}))
    assert read(signed("EdDSA", kid=None), provider=alone).subject


@pytest.fixture
def keys_address() -> Iterator[str]:
    """Serves what `KeySet.body` holds."""
    KeySet.body = b'{"keys": []}'
    served = HTTPServer(("127.0.0.1", 0), KeySet)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}/jwks"
    served.shutdown()
    served.server_close()
    thread.join()


class KeySet(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


def test_keys_are_fetched_from_the_issuer(keys_address: str) -> None:
    KeySet.body = JWKS.encode()
    provider = Provider(ISSUER, AUDIENCE, keys_address)
    assert read(signed("ES256"), provider=provider).subject
    KeySet.body = b"gone"
    assert read(signed("RS256"), provider=provider).subject  # kept for some minutes
    with pytest.raises(IdTokenRefused):
        read(signed(kid="other"), provider=provider)


def test_an_issuer_that_does_not_answer_is_a_try_for_later() -> None:
    with pytest.raises(Busy, match="cannot be fetched"):
        read(signed(), provider=Provider(ISSUER, AUDIENCE, "http://127.0.0.1:1/jwks"))


def test_keys_are_fetched_over_https_only() -> None:
    with pytest.raises(Conflict, match="https"):
        read(signed(), provider=Provider(ISSUER, AUDIENCE, "http://sso.example.go.id/jwks"))


@pytest.mark.parametrize("jwks", [None, "{not json"])
def test_settings_name_the_issuer(monkeypatch: pytest.MonkeyPatch, jwks: str | None) -> None:
    monkeypatch.setenv("RANHAM_OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("RANHAM_OIDC_AUDIENCE", AUDIENCE)
    monkeypatch.setenv("RANHAM_OIDC_JWKS", jwks or JWKS)
    settings.cache_clear()
    try:
        if jwks is None:
            assert id_token.configured_provider() == PROVIDER
        else:
            with pytest.raises(Conflict, match="RANHAM_OIDC_JWKS"):
                id_token.configured_provider()
    finally:
        settings.cache_clear()


def test_without_settings_there_is_no_such_sign_in() -> None:
    with pytest.raises(Conflict, match="RANHAM_OIDC_ISSUER"):
        id_token.configured_provider()


def test_the_first_sign_in_goes_by_the_verified_address_and_later_ones_by_the_subject(session: Session) -> None:
    siti = person(session, "siti@banten.go.id")
    other = person(session, "moved@banten.go.id")
    assert service.sign_in_with_id_token(session, read(signed()), NOW).person_id == siti
    assert events(session)[-1] == "person.linked"
    moved = read(signed(email="moved@banten.go.id"))
    assert service.sign_in_with_id_token(session, moved, NOW).person_id == siti
    same_address = read(signed(sub="another"))
    assert service.sign_in_with_id_token(session, same_address, NOW).person_id is None
    assert (
        service.sign_in_with_id_token(session, read(signed(sub="a", email="moved@banten.go.id")), NOW).person_id
        == other
    )


def test_nobody_is_added_by_signing_in(session: Session) -> None:
    assert service.sign_in_with_id_token(session, read(signed()), NOW) == service.SignIn(None)


def test_without_a_verified_address_only_a_known_subject_signs_in(session: Session) -> None:
    person(session, "siti@banten.go.id")
    unverified = read(signed(email_verified=False))
    assert service.sign_in_with_id_token(session, unverified, NOW).person_id is None
    known = person(session, "budi@banten.go.id", oidc_issuer=ISSUER, oidc_subject="248289761001")
    assert service.sign_in_with_id_token(session, unverified, NOW).person_id == known


def test_a_disabled_person_does_not_sign_in_through_the_issuer(session: Session) -> None:
    siti = person(session, "siti@banten.go.id", oidc_issuer=ISSUER, oidc_subject="248289761001")
    service.disable_person(session, siti, by="x", now=NOW)
    assert service.sign_in_with_id_token(session, read(signed()), NOW).person_id is None


def test_a_password_to_be_changed_is_told_here_too(session: Session) -> None:
    siti = person(session, "siti@banten.go.id")
    service.set_password(session, siti, PASSWORD, by="x", now=NOW)
    assert service.sign_in_with_id_token(session, read(signed()), NOW) == service.SignIn(
        siti, must_change_password=True
    )
