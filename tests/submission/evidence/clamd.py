"""A server that speaks clamd's INSTREAM: it reads the lengths as clamd does and answers as told."""

import socket
import socketserver
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread


class _Exchange(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Answering)
        command = b"".join(iter(lambda: self.rfile.read(1), b"\0"))
        server.heard.append(command)
        if server.hang_up_first:
            # Still unread bytes make this a reset, as when clamd refuses a stream for its size.
            self.wfile.write(server.answer)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        server.heard.append(content)
        if server.answer:
            self.wfile.write(server.answer)
        else:
            self.rfile.read(1)  # silent until the other side gives up


class _Answering(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    answer: bytes
    hang_up_first: bool
    heard: list[bytes]


class _AnsweringUnix(_Answering):
    address_family = socket.AF_UNIX


@contextmanager
def answering(
    answer: bytes, *, hang_up_first: bool = False, path: Path | None = None
) -> Iterator[tuple[str, list[bytes]]]:
    """The address to configure, and what the server heard: command and content of each exchange."""
    server = _AnsweringUnix(str(path), _Exchange) if path else _Answering(("127.0.0.1", 0), _Exchange)
    server.answer, server.hang_up_first, server.heard = answer, hang_up_first, []
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield str(path) if path else f"127.0.0.1:{server.server_address[1]}", server.heard
        server.shutdown()
        thread.join()
