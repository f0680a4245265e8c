"""What goes over the wire to an e-mail server."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ranham.kernel.settings import SmtpSettings
from ranham.outbox.deliveries import Content
from ranham.outbox.providers import Letter
from ranham.outbox.providers.smtp import Smtp
from ranham.outbox.states import Outcome
from tests.outbox.deliveries import NOW


@dataclass
class Keeper:
    got: list[bytes] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.got.append(bytes(envelope.original_content or b""))
        self.secure.append(session.ssl is not None)
        return "250 OK"


def letter(address: str = "a@example.go.id", **content: object) -> Letter:
    fields = {"subject": "Pengingat", "text": "Yth.", "html": None, **content}
    return Letter(
        id=1,
        key="reminder:1",
        message_id="6b1c2e0e-0000-4000-8000-000000000001",
        channel="email",
        address=address,
        name="Operator",
        language="id",
        content=Content(**fields),  # type: ignore[arg-type]
        composed_at=NOW,
    )


def settings(port: int, **changed: object) -> SmtpSettings:
    fields = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "ranham@example.go.id"}
    return SmtpSettings(**{**fields, "timeout_seconds": 10, **changed})  # type: ignore[arg-type]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Certificate and key of 127.0.0.1, signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime.now(dt.UTC) - day)
        .not_valid_after(dt.datetime.now(dt.UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    no_password = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(pem, form, no_password))
    return files


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def plain(free_port: int) -> Iterator[Keeper]:
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port, enable_SMTPUTF8=True)
    controller.start()
    yield keeper
    controller.stop()


def test_lines_with_dots_and_strange_line_ends_arrive_as_text_and_end_no_message(plain: Keeper, free_port: int) -> None:
    line = Smtp("smtp", settings(free_port)).line()
    assert line.connect() is None
    texts = [".", "..\n.\nx", "a\n.\r\nMAIL FROM:<x@y>\r\n", "a\r.\rb", "a\n.\n", "ä" * 500 + "\n.\n", "."]
    for text_ in texts:
        assert line.send(letter(text=text_)).outcome is Outcome.ACCEPTED
    line.close()
    assert len(plain.got) == len(texts)
    for data, text_ in zip(plain.got, texts, strict=True):
        assert b"\n" not in data.replace(b"\r\n", b"")
        said = message_from_bytes(data, policy=policy.default).get_content()
        assert said.rstrip("\n").splitlines() == text_.rstrip("\r\n").splitlines()


@pytest.mark.parametrize(
    ("address", "outcome"),
    [("a@éxample.go.id", Outcome.ACCEPTED), ("é@example.go.id", Outcome.ACCEPTED), ("@", Outcome.REFUSED)],
)
def test_addresses_beyond_ascii_are_sent_as_the_server_wants_them(
    plain: Keeper, free_port: int, address: str, outcome: Outcome
) -> None:
    line = Smtp("smtp", settings(free_port)).line()
    assert line.connect() is None
    assert line.send(letter(address)).outcome is outcome
    line.close()


@pytest.mark.parametrize("trusted", [True, False])
def test_with_starttls_nothing_goes_before_the_server_is_known(
    certificate: tuple[Path, Path], free_port: int, *, trusted: bool
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port, tls_context=context, require_starttls=True)
    controller.start()
    try:
        ca_file = certificate[0] if trusted else None
        line = Smtp("smtp", settings(free_port, security="starttls", ca_file=ca_file)).line()
        failed = line.connect()
        if trusted:
            assert failed is None
            assert line.send(letter()).outcome is Outcome.ACCEPTED
            assert keeper.secure == [True]
        else:
            assert failed
            assert failed.outcome is Outcome.MISCONFIGURED
            assert not line.open
        line.close()
    finally:
        controller.stop()


def test_a_server_without_starttls_gets_nothing_where_it_is_asked_for(plain: Keeper, free_port: int) -> None:
    line = Smtp("smtp", settings(free_port, security="starttls")).line()
    failed = line.connect()
    assert failed
    assert failed.outcome is Outcome.MISCONFIGURED
    assert not line.open


def test_a_connection_that_the_server_ended_between_two_messages_is_made_anew() -> None:
    taken: list[int] = []

    def serve(listening: socket.socket) -> None:
        for number in range(2):
            connection, _ = listening.accept()
            with connection, connection.makefile("rwb", buffering=0) as said:
                said.write(b"220 hello\r\n")
                for reply in (b"250 me", b"250 ok", b"250 ok", b"354 go"):
                    said.readline()
                    said.write(reply + b"\r\n")
                while said.readline() != b".\r\n":
                    pass
                taken.append(number)
                said.write(b"250 taken\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        line = Smtp("smtp", settings(listening.getsockname()[1])).line()
        assert line.connect() is None
        assert [line.send(letter()).outcome for _ in range(2)] == [Outcome.ACCEPTED] * 2
        line.close()
        server.join()
    assert taken == [0, 1]
