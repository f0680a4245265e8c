"""Which provider takes which channel, which of them work, and how fast they may be used."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ranham.kernel import clock
from ranham.kernel.errors import BadInput, Finding
from ranham.kernel.settings import settings, smtp_servers
from ranham.kernel.webhook_settings import WebhookSettings, webhook_settings
from ranham.outbox.message import NOBODY
from ranham.outbox.providers import Provider
from ranham.outbox.providers.folder import Folder
from ranham.outbox.providers.smtp import Smtp
from ranham.outbox.providers.webhook import Webhook

FAILURES = 3
"""Failures in a row after which a provider is left alone until the next run."""


@dataclass(slots=True)
class Routes:
    """One for a run; its threads share it."""

    by_channel: Mapping[str, Sequence[Provider]]
    """In the order in which to turn to them."""
    otherwise: Sequence[Provider] = ()
    """For channels that are not named."""
    failures: Counter[str] = field(default_factory=Counter)
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    alone: set[tuple[str, str]] = field(default_factory=set)
    """Channel and address of receivers that failed: no further message goes there in this run."""
    counted: bool = False
    """Messages of earlier runs count already; those of this one are counted as they go."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def providers(self, channel: str) -> Sequence[Provider]:
        return self.by_channel.get(channel) or self.otherwise

    def choose(self, channel: str) -> Provider | None:
        """The first that works; None when all have failed, or there is none."""
        with self.lock:
            return next((each for each in self.providers(channel) if self.failures[each.name] < FAILURES), None)

    def worked(self, provider: Provider) -> None:
        with self.lock:
            self.failures[provider.name] = 0

    def failed(self, provider: Provider, *, for_good: bool) -> None:
        with self.lock:
            self.failures[provider.name] += FAILURES if for_good else 1

    def leave_alone(self, channel: str, address: str) -> None:
        with self.lock:
            self.alone.add((channel, address))

    def is_left_alone(self, channel: str, address: str) -> bool:
        with self.lock:
            return (channel, address) in self.alone

    def wait_seconds(self, provider: Provider) -> float:
        """0 when a message may go now, and then it is counted; else how long until the next try makes sense."""
        if provider.per_minute is None:
            return 0
        item = RateLimitItemPerMinute(provider.per_minute)
        if self.limiter.hit(item, provider.name):
            return 0
        reset_at = self.limiter.get_window_stats(item, provider.name).reset_time
        return max(reset_at - clock.real_now().timestamp(), 0.01)

    @property
    def wants_counts(self) -> bool:
        """A provider has a limit, and nobody has said yet what was sent before."""
        return not self.counted and any(provider.per_minute is not None for provider in self._all())

    def count_earlier(self, sent: Mapping[str, int]) -> None:
        """Messages of the last minute by provider, of earlier runs and other processes: the limit holds for them too."""
        self.counted = True
        for provider in self._all():
            if provider.per_minute is not None and (count := min(sent.get(provider.name, 0), provider.per_minute)):
                self.limiter.hit(RateLimitItemPerMinute(provider.per_minute), provider.name, cost=count)

    def _all(self) -> list[Provider]:
        """Each once, also where it takes several channels."""
        found = (provider for each in (*self.by_channel.values(), self.otherwise) for provider in each)
        return list({provider.name: provider for provider in found}.values())


def configured() -> Routes:
    """As the environment says; where it says nothing, every message becomes a file."""
    servers = smtp_servers()
    by_channel: dict[str, list[Provider]] = {"email": [Smtp(name, server) for name, server in servers]}
    file = settings().gateways_file
    if file is not None:
        for channel, found in _gateways(file).items():
            by_channel.setdefault(channel, []).extend(found)
    named = {channel: found for channel, found in by_channel.items() if found}
    sender = next((server.sender for _, server in servers if server.sender), NOBODY)
    folder: tuple[Provider, ...] = (Folder(settings().outbox, sender),)
    # Never a file: what is signed is for its receiver only.
    return Routes({"file": folder, **named, "webhook": (_webhook(),)}, otherwise=() if named else folder)


def _webhook() -> Webhook:
    """What is wrong with its settings stops this channel, and no other."""
    try:
        return Webhook(webhook_settings())
    except BadInput as wrong:
        return Webhook(WebhookSettings.model_construct(), fault=str(wrong))


def _gateways(file: Path) -> dict[str, list[Provider]]:
    """Of each channel; what is wrong is said without showing any value, since values are secrets."""
    # Only where it is used: it loads slowly.
    from ranham.outbox.providers.gateway import Gateway  # noqa: PLC0415

    try:
        read: Any = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput([Finding(str(file), type(error).__name__, "a readable YAML file")]) from None
    wrong = BadInput([Finding(str(file), "another shape", "channel: [{name, url, per_minute}], see docs/delivery.md")])
    if not isinstance(read, dict):
        raise wrong
    made: dict[str, list[Provider]] = {}
    for channel, entries in read.items():
        for entry in entries if isinstance(entries, list) else [None]:
            if not isinstance(entry, dict) or not {"name", "url"} <= set(entry) <= {"name", "url", "per_minute"}:
                raise wrong
            limit = entry.get("per_minute")
            if limit is not None and not (isinstance(limit, int) and limit > 0):
                raise wrong
            made.setdefault(str(channel), []).append(Gateway(str(entry["name"]), str(entry["url"]), limit))
    return made
