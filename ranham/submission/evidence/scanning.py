"""The virus scanner: clamd over its INSTREAM command, if one is configured. Nothing is accepted unscanned then."""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ranham.kernel.errors import BadInput, Finding, Unavailable
from ranham.kernel.misread import found
from ranham.kernel.settings import settings
from ranham.submission.evidence.rules import FileRefused
from ranham.submission.models.evidence import Scan

LONGEST_REPLY = 4096


class ScannerUnavailable(Unavailable):
    """The file was not scanned, so it is not taken; trying again later is right."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "pemindai virus tidak menjawab, berkas tidak disimpan, coba lagi nanti / "
            f"the virus scanner does not answer, nothing was stored, try again later ({why})"
        )


class Scanner(Protocol):
    def __call__(self, pieces: Iterable[bytes], file_name: str, /) -> Scan:
        """Raises `FileRefused` with what was found, `ScannerUnavailable` where there is no verdict."""


def not_configured(_pieces: Iterable[bytes], _file_name: str, /) -> Scan:
    return Scan.NOT_CONFIGURED


@dataclass(frozen=True, slots=True)
class Clamd:
    address: str
    """`host:port`, or the path of a Unix socket."""
    timeout_seconds: float
    """Of each exchange, not of the whole."""

    def __call__(self, pieces: Iterable[bytes], file_name: str, /) -> Scan:
        try:
            with self._connect() as link:
                reply = _exchange(link, pieces)
        except OSError as error:
            raise ScannerUnavailable(type(error).__name__) from None
        if reply == "stream: OK":
            return Scan.CLEAN
        if reply.startswith("stream: ") and reply.endswith(" FOUND"):
            raise FileRefused(file_name, "virus", what=reply.removeprefix("stream: ").removesuffix(" FOUND"))
        raise ScannerUnavailable(reply or "no reply")

    def _connect(self) -> socket.socket:
        if not self.address.startswith("/"):
            return socket.create_connection(host_and_port(self.address), self.timeout_seconds)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(self.timeout_seconds)
        try:
            link.connect(self.address)
        except OSError:
            link.close()
            raise
        return link


def configured() -> Scanner:
    address = settings().clamd
    return Clamd(address, settings().clamd_timeout_seconds) if address else not_configured


def host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise BadInput([Finding("RANHAM_CLAMD", found(address), "host:port, or the path of a Unix socket")])
    return host.strip("[]"), int(port)


def _exchange(link: socket.socket, pieces: Iterable[bytes]) -> str:
    """Each piece with its length before it, a length of zero at the end; the reply without its closing NUL."""
    try:
        link.sendall(b"zINSTREAM\0")
        for piece in pieces:
            if piece:
                link.sendall(struct.pack("!I", len(piece)) + piece)
        link.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError) as broken:
        # It may say why it hung up, for example that the file is larger than it takes. Never a verdict.
        raise ScannerUnavailable(_reply(link) or type(broken).__name__) from None
    return _reply(link)


def _reply(link: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_REPLY and (piece := link.recv(LONGEST_REPLY)):
        said += piece
    return "".join(c for c in said.decode("utf-8", "replace") if c.isprintable()).strip()
