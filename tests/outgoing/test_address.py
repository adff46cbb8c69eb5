"""Where katalog may be sent, and where not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.outgoing.address import is_public


@pytest.mark.parametrize(
    "address",
    ["9.9.9.9", "193.10.252.19", "172.32.0.1", "100.128.0.1", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"],
)
def test_the_open_internet_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
        "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "3fff::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::9.9.9.9",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::909:909", "2002:7f00:1::1", "2002:909:909::1",
        "2001:0:4136:e378::1", "100::1", "5f00::1",
        "", "localhost", "2130706433", "127.1", "0x7f.0.0.1", "9.9.9.9:80", "fe80::1%eth0",
    ],
)  # fmt: skip
def test_every_other_network_is_shut(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_written_as_ipv6(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address)) == is_public(f"64:ff9b::{address}")


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert is_public(text) in (True, False)
