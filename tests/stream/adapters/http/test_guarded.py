"""Which addresses are of the public internet: what carries a private one inside is not."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.http.guarded import is_private

PRIVATE_4 = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "172.31.255.255", "100.64.0.1", "0.0.0.0"]


@pytest.mark.parametrize(
    "text",
    [
        *PRIVATE_4,
        *("0.1.2.3", "100.127.255.255", "172.16.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255"),
        *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("192.88.99.1", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:10.0.0.1", "100::1", "100:0:0:1::1"),
        *("fe80::1", "fec0::1", "feff::1", "fc00::1", "fd00::1", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1"),
        *("3fff:fff::1", "5f00::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "4000::1", "e000::1"),
        "::ffff:0:127.0.0.1",  # SIIT
        "::ffff:0:8.8.8.8",
        "64:ff9b::127.0.0.1",  # NAT64
        "64:ff9b::169.254.169.254",
        "64:ff9b:1:7f00:0:100:808:808",  # its local prefix: where the IPv4 address stands depends on the length
        "64:ff9b:1::8.8.8.8",
        "::5efe:127.0.0.1",  # ISATAP
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::200:5efe:192.168.1.1",
        "fe80::5efe:8.8.8.8",
        "2001:0:7f00:1:0:0:f7f7:f7f7",  # Teredo
        "2001:0:808:808:0:0:f7f7:f7f7",
        "2002:7f00:1::1",  # 6to4
        "2002:a9fe:a9fe::1",
        "2002:c0a8:101::8.8.8.8",
    ],
)
def test_what_is_not_public(text: str) -> None:
    assert is_private(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1"),
        *("172.32.0.1", "192.0.1.1", "192.167.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255"),
        *("2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2001:200::1", "3ffe::1"),
        *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2606:4700::5efe:8.8.8.8"),
    ],
)
def test_what_is_public(text: str) -> None:
    assert not is_private(ip_address(text))


FOUR = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.sampled_from(PRIVATE_4).map(IPv4Address),
    st.just(IPv4Address(0x08080808)),
)


@given(FOUR, st.integers(0, 2**64 - 1))
def test_an_address_inside_another_makes_it_no_more_public(inner: IPv4Address, rest: int) -> None:
    low = int(inner)
    carriers = [
        0xFFFF << 32 | low,
        0xFFFF << 48 | low,
        low,
        0x64FF9B << 96 | low,
        0x2002 << 112 | low << 80 | rest,
        0x20010000 << 96 | (rest >> 32) << 64 | low ^ 0xFFFFFFFF,
        rest << 64 | 0x5EFE << 32 | low,
        rest << 64 | 0x02005EFE << 32 | low,
    ]  # fmt: skip
    for carrier in carriers:
        if is_private(inner):
            assert is_private(IPv6Address(carrier)), IPv6Address(carrier)


# What Python's own table holds to be private, whichever release it is of.
KNOWN = [*IPv4Address._constants._private_networks, *IPv6Address._constants._private_networks]  # type: ignore[attr-defined]


@given(st.sampled_from(KNOWN), st.integers(0, 2**128 - 1))
def test_nothing_is_public_that_python_knows_not_to_be(network: IPv4Network | IPv6Network, place: int) -> None:
    address = network[place % network.num_addresses]
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    assert (inner or address).is_global or is_private(address)
