import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ranham.kernel.settings import SmtpSettings
from ranham.outbox.providers.smtp import Smtp

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class MailServer:
    port: int
    log: Path
    process: subprocess.Popen[str]

    def taken(self) -> list[str]:
        """Keys of the messages that it took, in that order."""
        return [line.split()[1] for line in self.log.read_text().splitlines()]

    def provider(self, name: str = "smtp", **changed: object) -> Smtp:
        fields = {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": "RANHAM <ranham@example.go.id>"}
        return Smtp(name, SmtpSettings(**{**fields, "timeout_seconds": 20, **changed}))  # type: ignore[arg-type]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[Callable[..., MailServer]]:
    """Starts a server; see `mail_server.py` for the options."""
    started: list[MailServer] = []

    def start(*options: str, port: int = 0, log: str = "taken") -> MailServer:
        file = tmp_path / log
        file.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.mail_server", "--log", str(file), "--port", str(port), *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        started.append(MailServer(int(process.stdout.readline()), file, process))
        return started[-1]

    yield start
    for each in started:
        each.stop()
