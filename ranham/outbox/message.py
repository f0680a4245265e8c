"""A delivery as an e-mail: the same bytes each time it is made."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from ranham.outbox.providers import Letter

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
            made["To"] = Address(_one_line(letter.name), addr_spec=envelope_address(letter.address))
        else:
            made["X-Ranham-Address"] = letter.address
    except (ValueError, IndexError) as error:
        raise NotAnAddress(str(error) or f"{letter.address} is not an e-mail address") from error
    made["Subject"] = _one_line(content.subject)
    made["Date"] = format_datetime(letter.composed_at)
    made["Message-ID"] = message_id(letter.message_id, envelope_address(address))
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = letter.language
    made[KEY_HEADER] = letter.key
    if content.unsubscribe:
        made["List-Unsubscribe"] = f"<{_one_line(content.unsubscribe)}>"
    made.set_content(content.text)
    if content.html is not None:
        made.add_alternative(content.html, subtype="html")
    for each in content.attachments:
        kind, _, detail = each.media_type.partition("/")
        made.add_attachment(each.data, maintype=kind, subtype=detail or "octet-stream", filename=_one_line(each.name))
    _fix_boundaries(made, letter.message_id)
    return made


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _fix_boundaries(made: EmailMessage, identity: str) -> None:
    """Python draws them by lot, and then no two attempts would be the same message."""
    for number, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"=_{identity}_{number}")
