"""`python -m tests.outbox.mail_server --log FILE`: a real e-mail server whose moods the recipient's name chooses.

It prints its port. Each message that it takes is in the file before the sender hears so.
"""

import argparse
import asyncio
import email
import os
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

SLOW_SECONDS = 30


class Moods:
    def __init__(self, log: Path | None) -> None:
        self.log = log.open("ab", buffering=0) if log else None

    async def handle_RCPT(self, server: SMTP, _s: Session, envelope: Envelope, address: str, _o: list[str]) -> str:  # noqa: N802
        mood = address.partition("@")[0].partition(".")[0]
        match mood:
            case "later":
                return "451 4.7.1 greylisted, try again"
            case "nobody":
                return "550 5.1.1 no such user"
            case "policy":
                return "550 5.7.1 we do not like you"
            case "hangup":
                server.transport.abort()  # type: ignore[union-attr]
            case "closing":
                return "421 4.3.2 closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mood = envelope.rcpt_tos[0].partition("@")[0].partition(".")[0]
        match mood:
            case "spam":
                return "554 5.6.0 content refused"
            case "full":
                return "452 4.2.2 mailbox full"
            case "dropped":
                server.transport.abort()  # type: ignore[union-attr]
                return "250 nobody hears this"
            case "slow":
                await asyncio.sleep(SLOW_SECONDS)
        if self.log:
            said = email.message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]
            self.log.write(f"{said['Message-ID']} {said['X-Ranham-Key']}\n".encode())
            os.fsync(self.log.fileno())
        return "250 OK taken"


class Greeting(asyncio.Protocol):
    """Says one thing and no more."""

    def __init__(self, words: str) -> None:
        self.words = words

    def connection_made(self, transport: Any) -> None:
        transport.write(self.words.encode() + b"\r\n")


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"ranham", b"secret"), handled=False)


async def serve(chosen: argparse.Namespace) -> None:
    moods = Moods(chosen.log)

    def make() -> asyncio.Protocol:
        if chosen.greeting:
            return Greeting(chosen.greeting)
        return SMTP(
            moods,
            hostname="localhost",
            auth_required=chosen.auth,
            auth_require_tls=False,
            authenticator=authenticate if chosen.auth else None,
        )

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", chosen.port)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--log", type=Path)
    arguments.add_argument("--greeting")
    arguments.add_argument("--auth", action="store_true")
    asyncio.run(serve(arguments.parse_args()))


if __name__ == "__main__":
    main()
