"""Which network addresses somebody else may make katalog connect to: those of the open Internet, and no others.

Whoever may enter a URL would otherwise reach, through katalog, what only katalog's network may reach.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared by a provider's customers (RFC 6598)
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # relays of 6to4
        "::/96",  # IPv4-compatible, long gone
        "64:ff9b:1::/48",  # a local NAT64 (RFC 8215)
        "100::/64",  # discarded (RFC 6666)
        "2001::/23",  # protocol assignments, Teredo among them
        "2002::/16",  # 6to4, which may lead anywhere
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local, long gone
    )
)
_NAT64 = ip_network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether an address, with or without a zone (RFC 4007) and without a port, is one of the open Internet.

    >>> is_public("9.9.9.9"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    try:
        address = _meant(ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if any(address in network for network in _REFUSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, mapped or translated, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
