"""Webhooks over TLS: only to whoever proves the name of the address."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from ranham.outbox.deliveries import Tally
from tests.outbox.deliveries import attempts, make, new, send
from tests.outbox.webhooks.receiver import receiving, routes, secret


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of localhost, by nobody but itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime(2022, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2122, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "receiver.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file


def test_only_whoever_proves_the_name_gets_the_message(application: Engine, certificate: Path, tmp_path: Path) -> None:
    secret(tmp_path / "secrets", "pusdatin", "one")
    with receiving(certificate=certificate) as taken:
        there = taken.url()
        make(application, new("trusted", there, channel="webhook", name="pusdatin"))
        assert send(routes(tmp_path / "secrets", ca_file=certificate)) == Tally(accepted=1)
        make(application, new("stranger", there, channel="webhook", name="pusdatin"))
        assert send(routes(tmp_path / "secrets")) == Tally(deferred=1)
        wrong = there.replace("localhost", "127.0.0.1")
        make(application, new("other-name", wrong, channel="webhook", name="pusdatin"))
        assert send(routes(tmp_path / "secrets", ca_file=certificate)) == Tally(deferred=1)
        assert len(taken.got) == 1
    for key in ("stranger", "other-name"):
        assert "CERTIFICATE_VERIFY_FAILED" in attempts(application, key)[0][2]
