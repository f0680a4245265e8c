"""What a webhook is told, and which addresses one may have."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ranham.kernel.errors import Finding
from ranham.outbox.providers.webhook.signing import NAME as NAME_OF_SECRET

NAME = f"^{NAME_OF_SECRET.pattern}$"
"""What a webhook is called, as its secret's file."""
URL = r"^https?://[!-~]{1,1990}$"


class WebhookEvent(StrEnum):
    PUBLISHED = "release.published"
    SUPERSEDED = "release.superseded"
    DROPPED = "release.dropped"
    """Of a version that was never published: only for those who ask for it."""
    TEST = "webhook.test"
    """Nothing happened; somebody looks whether the webhook works."""


OF_RELEASES = (WebhookEvent.PUBLISHED, WebhookEvent.SUPERSEDED, WebhookEvent.DROPPED)
USUAL = (WebhookEvent.PUBLISHED, WebhookEvent.SUPERSEDED)
"""What everybody may read."""


def findings(name: str, url: str, events: Sequence[WebhookEvent], *, plain: bool) -> Iterator[Finding]:
    """What is wrong with a new webhook. `plain`: some networks are named that http may go to.

    Names are looked up when something is sent and not here: what one means then is what counts.
    """
    if not re.fullmatch(NAME, name):
        yield Finding("name", repr(name), "small letters, digits and -, 40 at most")
    if not events or set(events) - set(OF_RELEASES):
        yield Finding("events", ", ".join(events) or "nothing", " or ".join(OF_RELEASES))
    expected = "https://host/path of ASCII signs, as in a browser's address line"
    parts = _parts(url)
    if parts is None:
        yield Finding("url", "another shape", expected)  # what it is may hold a secret
        return
    if parts.scheme == "http" and not plain:
        yield Finding("url", "http", "https; http only into networks that RANHAM_WEBHOOK_NETWORKS names")
    if parts.username is not None or parts.password is not None or "?" in url or "#" in url:
        # Lists and logs of deliveries show addresses.
        words = "an address is shown to everybody who sees deliveries, so it holds no user, password, ? or #"
        yield Finding("url", "more than host and path", expected, words)


def _parts(url: str) -> SplitResult | None:
    if not re.fullmatch(URL, url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if port == 0 or not _host(host):
        return None
    return parts


def _host(host: str) -> bool:
    if re.fullmatch(r"[0-9a-z]([0-9a-z.-]{0,251}[0-9a-z])?", host) and ".." not in host:
        return True
    try:
        return ip_address(host).version == 6
    except ValueError:
        return False
