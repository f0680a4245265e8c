"""Where webhooks may go: public addresses, and networks that the configuration names. The address that was looked at is
the one that is connected to, so a name cannot mean another one a moment later.
"""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore

from ranham.kernel import clock

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
NAT64 = IPv6Network("64:ff9b::/96")
NOT_PUBLIC: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/3", "::/32", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32",
            "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
            "168.63.129.16",
        ),
    )
)  # fmt: skip
"""Special purposes by the registries of IANA, and the one address of a cloud's own services that looks public. Python knows many
of them too, but which ones depends on its patch level."""


class NotAllowed(Exception):  # noqa: N818 - reads as a sentence
    """The name leads to no address that webhooks may go to."""


def networks_of(said: str | None) -> tuple[Network, ...]:
    """`10.20.0.0/16, 127.0.0.1` as networks."""
    return tuple(ip_network(each.strip()) for each in (said or "").split(",") if each.strip())


def allowed(address: Address, networks: Iterable[Network], *, secure: bool) -> bool:
    """Anything in a named network; else only what is public, and only with TLS (`secure`)."""
    real = _meant(address)
    if any(each in network for network in networks for each in (address, real)):
        return True
    return secure and all(_public(each) for each in (address, real))


def _public(address: Address) -> bool:
    if address in NAT64:
        return True  # the address within it is looked at
    if any(address in network for network in NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _meant(address: Address) -> Address:
    """The IPv4 address within one of IPv6 that stands for it."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


@dataclass(frozen=True, slots=True)
class Deadline:
    """One for everything from the connection to the answer: who sends a byte now and then gains no time."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(clock.stopwatch() + seconds)

    def left(self, *, connecting: bool = False) -> float:
        """Seconds; while connecting nothing was sent yet, and what ends there surely did not arrive."""
        left = self.at - clock.stopwatch()
        if left <= 0:
            raise httpcore.ConnectTimeout("not in time") if connecting else httpcore.ReadTimeout
        return left


@dataclass(frozen=True, slots=True)
class GuardedNetwork(httpcore.NetworkBackend):
    networks: Sequence[Network]
    secure: bool
    deadline: Deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline stands for it
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        found = _resolved(host, port)
        fitting = [each for each in found if allowed(each, self.networks, secure=self.secure)]
        if not fitting:
            raise NotAllowed(_words(found, secure=self.secure))
        failed: Exception = httpcore.ConnectError("no address")
        for place, each in enumerate(fitting):
            # Each its share: one that is silent leaves time for the others.
            share = self.deadline.left(connecting=True) / (len(fitting) - place)
            try:
                stream = httpcore.SyncBackend().connect_tcp(str(each), port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return Hurried(stream, self.deadline)
        raise failed


@dataclass(frozen=True, slots=True)
class Hurried(httpcore.NetworkStream):
    stream: httpcore.NetworkStream
    deadline: Deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self.stream.read(max_bytes, self.deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self.stream.write(buffer, self.deadline.left())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self.deadline.left(connecting=True)
        return Hurried(self.stream.start_tls(ssl_context, server_hostname, left), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name is not known: {type(error).__name__}") from None
    return list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))


def _words(found: Sequence[Address], *, secure: bool) -> str:
    shown = ", ".join(map(str, found[:3]))
    wrong = "no public address" if secure else "not in a network for http"
    return f"it leads to {shown}, {wrong}; RANHAM_WEBHOOK_NETWORKS says which others are allowed"
