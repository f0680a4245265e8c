"""E-mail servers. What matters most is at which step a failure came: before the message went, or after."""

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cache
from pathlib import Path

from ranham.kernel.settings import SmtpSettings
from ranham.outbox.message import envelope_address, made_of, sender_fault
from ranham.outbox.providers import Answer, Letter, reply_of
from ranham.outbox.states import Outcome

LOST = (OSError, smtplib.SMTPException)
"""Everything by which smtplib says that a conversation is over."""
FIRST_DOT = re.compile(rb"(?m)^\.")
POLICY_REFUSAL = re.compile(rb"^5\.7\.")
"""The server refuses us, not the address (RFC 3463, class 7: security or policy)."""
CLOSING = 421


@dataclass(frozen=True, slots=True)
class Smtp:
    name: str
    settings: SmtpSettings

    @property
    def repeatable(self) -> bool:
        return False

    @property
    def per_minute(self) -> int | None:
        return self.settings.per_minute

    def line(self) -> "SmtpLine":
        return SmtpLine(self.settings)


@dataclass(slots=True)
class SmtpLine:
    settings: SmtpSettings
    server: smtplib.SMTP | None = None
    used: bool = field(default=False)
    """A message went over this connection, so the server may have grown tired of it."""

    @property
    def open(self) -> bool:
        return self.server is not None

    def connect(self) -> Answer | None:
        if fault := sender_fault(self.settings.sender):
            return fault
        try:
            self.server = self._greeted()
            self._secure(self.server)
            self._sign_in(self.server)
        except smtplib.SMTPAuthenticationError as error:
            return self._failed(
                _technical(error.smtp_code), f"signing in: {error.smtp_code} {reply_of(error.smtp_error)}"
            )
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError, Unreadable) as error:
            return self._failed(Outcome.MISCONFIGURED, reply_of(str(error)))
        except smtplib.SMTPResponseException as error:
            return self._failed(Outcome.UNREACHABLE, f"{error.smtp_code} {reply_of(error.smtp_error)}")
        except LOST as error:
            return self._failed(Outcome.UNREACHABLE, f"no connection: {reply_of(str(error)) or type(error).__name__}")
        self.used = False
        return None

    def send(self, letter: Letter) -> Answer:
        """One message over the connection that is open."""
        data = made_of(letter, self.settings.sender or "")
        if isinstance(data, Answer):
            return data
        to = envelope_address(letter.address)
        answer = self._hand_over(to, data, letter.message_id)
        if answer.outcome is Outcome.UNREACHABLE and self.used:
            # A server ends a connection after so many messages or so long a silence: not this message's fault.
            self.close()
            answer = self.connect() or self._hand_over(to, data, letter.message_id)
        self.used = True
        return answer

    def close(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            with contextlib.suppress(*LOST):
                server.quit()
            server.close()

    def _hand_over(self, to: str, data: bytes, identity: str) -> Answer:
        server = self.server
        if server is None:
            return Answer(Outcome.UNREACHABLE, "no connection")
        try:
            refused = self._announce(server, to, identity)
        except LOST as error:
            return self._failed(Outcome.UNREACHABLE, f"lost before the message: {reply_of(str(error))}")
        return refused or self._transfer(server, data)

    def _transfer(self, server: smtplib.SMTP, data: bytes) -> Answer:
        try:
            server.send(FIRST_DOT.sub(b"..", data).removesuffix(b"\r\n") + b"\r\n.\r\n")
            code, said = server.getreply()
        except LOST as error:
            return self._failed(Outcome.UNKNOWN, f"lost after the message, before the answer: {reply_of(str(error))}")
        if code == -1:
            # What came was no answer; whether it was taken, nobody knows.
            return self._failed(Outcome.UNKNOWN, f"no answer but {reply_of(said)}")
        if 200 <= code < 300:
            return Answer(Outcome.ACCEPTED, f"{code} {reply_of(said)}")
        return self._refused(code, said, "message")

    def _announce(self, server: smtplib.SMTP, to: str, identity: str) -> Answer | None:
        """Everything before the message itself: MAIL, RCPT, DATA; None, or the refusal."""
        options = [] if to.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
        if options and not server.has_extn("smtputf8"):
            return Answer(Outcome.REFUSED, "the server takes no address with letters beyond ASCII")
        notify = []
        if server.has_extn("dsn"):
            options += ["RET=HDRS", f"ENVID={identity}"]
            notify = ["NOTIFY=FAILURE,DELAY"]
        code, said = server.mail(envelope_address(parseaddr(self.settings.sender or "")[1]), options)
        if code != 250:
            # About the sender or the signing in: ours, whoever the recipient is.
            outcome = Outcome.UNREACHABLE if code == CLOSING or code < 400 else _technical(code)
            return self._failed(outcome, f"sender: {code} {reply_of(said)}")
        code, said = server.rcpt(to, notify)
        if code not in (250, 251):
            return self._refused(code, said, "recipient")
        code, said = server.docmd("DATA")
        return None if code == 354 else self._refused(code, said, "DATA")

    def _refused(self, code: int, said: bytes, step: str) -> Answer:
        """A definite answer to this message: the connection goes on, unless the server ends it."""
        reply = f"{step}: {code} {reply_of(said)}"
        if code == CLOSING:
            return self._failed(Outcome.DEFERRED if step == "message" else Outcome.UNREACHABLE, reply)
        if not 400 <= code < 600:
            return self._failed(Outcome.UNKNOWN if step == "message" else Outcome.UNREACHABLE, reply)
        if code == 530:
            return self._failed(Outcome.MISCONFIGURED, reply)
        wrong = step == "recipient" and code >= 500 and not POLICY_REFUSAL.match(said)
        answer = Answer(Outcome.REFUSED if code >= 500 else Outcome.DEFERRED, reply, address_failed=wrong)
        with contextlib.suppress(*LOST):
            if self.server is not None and self.server.rset()[0] == 250:
                return answer
        self._drop()
        return answer

    def _greeted(self) -> smtplib.SMTP:
        settings = self.settings
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host or "", settings.port, timeout=settings.timeout_seconds, context=_trust(settings.ca_file)
            )
        else:
            server = smtplib.SMTP(settings.host or "", settings.port, timeout=settings.timeout_seconds)
        self.server = server  # so that it is closed whatever comes
        server.ehlo_or_helo_if_needed()
        return server

    def _secure(self, server: smtplib.SMTP) -> None:
        if self.settings.security == "starttls":
            server.starttls(context=_trust(self.settings.ca_file))
            server.ehlo_or_helo_if_needed()

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if self.settings.user is not None:
            server.login(self.settings.user, _secret(self.settings.password_file))

    def _failed(self, outcome: Outcome, reply: str) -> Answer:
        self._drop()
        return Answer(outcome, reply)

    def _drop(self) -> None:
        """Without a word: whoever is at the other end may wait for the rest of a message."""
        server, self.server = self.server, None
        if server is not None:
            server.close()


class Unreadable(Exception):  # noqa: N818 - reads as a sentence
    pass


def _secret(file: Path | None) -> str:
    if file is None:
        raise Unreadable("a user without a password: set RANHAM_SMTP_PASSWORD_FILE")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"the password file {file} cannot be read: {type(error).__name__}") from None


@cache
def _trust(file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise Unreadable(f"the certificates in {file} cannot be read: {type(error).__name__}") from None


def _technical(code: int) -> Outcome:
    """Ours to mend where the server says never; where it says later, another time or another server."""
    return Outcome.MISCONFIGURED if code >= 500 else Outcome.UNREACHABLE
