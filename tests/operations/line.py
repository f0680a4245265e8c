"""The line to the database, which can be cut: a relay on the loopback in front of the test server."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

BLOCK = 1 << 16


@dataclass(slots=True)
class Line:
    """Takes connections as long as it is whole; cut, it drops those that are open and refuses new ones."""

    far: tuple[str, int] | str
    """Where the server listens: host and port, or its Unix socket."""
    listening: socket.socket = field(init=False)
    port: int = field(init=False)
    ends: list[socket.socket] = field(default_factory=list)
    cut_: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._take, daemon=True).start()

    def cut(self) -> None:
        self.cut_.set()
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends.clear()

    def mend(self) -> None:
        self.cut_.clear()

    def close(self) -> None:
        self.cut()
        self.listening.close()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            if self.cut_.is_set():
                near.close()
                continue
            far = self._far()
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_relay, args=(one, other), daemon=True).start()

    def _far(self) -> socket.socket:
        if isinstance(self.far, str):
            opened = socket.socket(socket.AF_UNIX)
            opened.connect(self.far)
            return opened
        return socket.create_connection(self.far)


def line_to(url: URL) -> Line:
    """A relay to the server of this address."""
    folder = url.query.get("host") or url.host or "127.0.0.1"
    port = url.port or int(str(url.query.get("port", 5432)))
    if str(folder).startswith("/"):
        return Line(str(Path(str(folder)) / f".s.PGSQL.{port}"))
    return Line((str(folder), port))


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Until either end goes away; each socket is closed by the one who reads from it."""
    with suppress(OSError):
        while block := one.recv(BLOCK):
            other.sendall(block)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    one.close()
