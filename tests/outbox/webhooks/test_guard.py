"""Where webhooks may go: by the address itself, whatever it is called and however it is written."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranham.kernel.errors import BadInput
from ranham.kernel.webhook_settings import webhook_settings
from ranham.outbox.providers.webhook.guard import allowed, networks_of

NAMED = networks_of("10.20.0.0/16, ::1")


@pytest.mark.parametrize("address", ["8.8.8.8", "103.10.60.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_reached_with_tls_only(address: str) -> None:
    assert allowed(ip_address(address), (), secure=True)
    assert not allowed(ip_address(address), NAMED, secure=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - nobody is bound
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b::7f00:1", "fec0::1", "192.0.0.9", "192.0.0.192", "3fff::1", "5f00::1",
        "64:ff9b:1::1", "64:ff9b::a83f:8110", "100:0:0:1::1", "168.63.129.16", "::ffff:168.63.129.16", "2001::1", "2001:db8::1",
        "192.88.99.1", "198.18.0.1", "203.0.113.1", "240.0.0.1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_unless_it_is_named(address: str) -> None:
    assert not allowed(ip_address(address), (), secure=True)
    assert allowed(ip_address(address), networks_of(address), secure=False)


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv4_is_judged_alike_in_every_spelling(address: IPv4Address) -> None:
    for spelling in (ip_address(f"::ffff:{address}"), ip_address(int(ip_address("64:ff9b::")) + int(address))):
        for networks in ((), NAMED, networks_of("127.0.0.0/8")):
            # Never wider than the address itself; a spelling that goes nowhere may be refused.
            assert not allowed(spelling, networks, secure=True) or allowed(address, networks, secure=True)
            assert not allowed(spelling, networks, secure=False) or allowed(address, networks, secure=False)


@pytest.mark.parametrize("said", ["*", "example.go.id", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8; 127.0.0.1"])
def test_a_network_that_is_none_is_refused_with_what_is_expected(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", said)
    with pytest.raises(BadInput) as refused:
        webhook_settings()
    assert str(refused.value).startswith(
        "RANHAM_WEBHOOK_NETWORKS: found something else (not shown), expected addresses or"
    )
    assert said not in str(refused.value)


def test_every_variable_that_cannot_be_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANHAM_WEBHOOK_NETWORKS", "10.20.0.5/16")
    monkeypatch.setenv("RANHAM_WEBHOOK_TIMEOUT_SECONDS", "ten")
    with pytest.raises(BadInput) as refused:
        webhook_settings()
    assert [each.where for each in refused.value.findings] == [
        "RANHAM_WEBHOOK_NETWORKS",
        "RANHAM_WEBHOOK_TIMEOUT_SECONDS",
    ]
