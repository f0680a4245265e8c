"""A delivery as an e-mail: the same bytes each time it is made."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from ranham.outbox.providers import Answer, Letter
from ranham.outbox.states import Outcome

# Seven bits, so that every server takes it as it is and signatures hold.
POLICY = SMTP.clone(cte_type="7bit")
POLICY_UTF8 = POLICY.clone(utf8=True)
KEY_HEADER = "X-Ranham-Key"
NOBODY = "ranham@localhost"


class NotAnAddress(ValueError):  # noqa: N818 - reads as a sentence
    pass


def envelope_address(address: str) -> str:
    """The address as servers want it: the domain in its ASCII form."""
    user, at, domain = address.strip().rpartition("@")
    if not at or not user or not domain:
        raise NotAnAddress(f"{address} is not an e-mail address")
    try:
        return f"{user}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise NotAnAddress(f"{address} is not an e-mail address: {error}") from error


def message_id(identity: str, sender: str) -> str:
    return f"<{identity}@{sender.rpartition('@')[2]}>"


def mail(letter: Letter, sender: str) -> EmailMessage:
    """`sender` with or without a name; `NotAnAddress` where one of the two is none."""
    name, address = parseaddr(sender)
    content = letter.content
    made = EmailMessage(POLICY if letter.address.isascii() else POLICY_UTF8)
    try:
        made["From"] = Address(name, addr_spec=envelope_address(address))
        if "@" in letter.address:
            made["To"] = _recipient(letter)
        else:
            made["X-Ranham-Address"] = letter.address
    except (ValueError, IndexError) as error:
        raise NotAnAddress(str(error) or f"{letter.address} is not an e-mail address") from error
    made["Subject"] = _one_line(content.subject)
    made["Date"] = format_datetime(letter.composed_at)
    made["Message-ID"] = message_id(letter.message_id, envelope_address(address))
    made["Auto-Submitted"] = "auto-generated"
    made[KEY_HEADER] = letter.key
    if content.unsubscribe:
        made["List-Unsubscribe"] = f"<{_one_line(content.unsubscribe)}>"
        if content.unsubscribe.startswith("https:"):  # one click (RFC 8058)
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(content.text)
    if content.html is not None:
        made.add_alternative(content.html, subtype="html")
    for each in content.attachments:
        kind, _, detail = each.media_type.partition("/")
        made.add_attachment(each.data, maintype=kind, subtype=detail or "octet-stream", filename=_one_line(each.name))
    made["Content-Language"] = letter.language  # last, or it would move into the first part
    _fix_boundaries(made, letter.message_id)
    return made


def _recipient(letter: Letter) -> Address:
    address = envelope_address(letter.address)
    if address.isascii():
        return Address(_one_line(letter.name), addr_spec=address)
    user, _, domain = address.rpartition("@")  # only so does Python take letters beyond ASCII
    return Address(_one_line(letter.name), user, domain)


def made_of(letter: Letter, sender: str) -> bytes | Answer:
    """The bytes of the e-mail, or why it cannot be one."""
    try:
        return mail(letter, sender).as_bytes()
    except NotAnAddress as refused:
        return Answer(Outcome.REFUSED, str(refused), address_failed=True)
    except Exception as error:  # noqa: BLE001 - contents come from other rooms, and one must not stop the others
        return Answer(Outcome.UNMADE, f"it cannot be an e-mail: {type(error).__name__}")


def sender_fault(sender: str | None) -> Answer | None:
    """Why nothing can be sent in this name; None where it can."""
    try:
        envelope_address(parseaddr(sender or "")[1])
    except NotAnAddress:
        return Answer(Outcome.MISCONFIGURED, "the sender is no e-mail address: set RANHAM_SMTP_FROM")
    return None


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _fix_boundaries(made: EmailMessage, identity: str) -> None:
    """Python draws them by lot, and then no two attempts would be the same message."""
    for number, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"=_{identity}_{number}")
