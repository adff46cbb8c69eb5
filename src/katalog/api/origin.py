"""Where a request comes from: the client's address, the scheme it used, and another site's page."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit


class Networks:
    """Addresses and networks, as the settings have them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._networks = [ip_network(text, strict=False) for text in texts]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        # A socket that listens on :: has IPv4 clients as ::ffff:192.0.2.1 (RFC 4291).
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(parsed in network for network in self._networks)


class Proxies:
    """The addresses whose `X-Forwarded-*` are believed."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = Networks(trusted)

    def trusts(self, address: str) -> bool:
        return address in self._networks

    @property
    def are_there(self) -> bool:
        return bool(self._networks)

    def client(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """The address of the client itself: the last one that is not a trusted proxy's."""
        address = peer(scope)
        if not self._networks or not self.trusts(address):
            return address
        for hop in reversed(headers.get("x-forwarded-for", "").split(",")):
            if hop.strip():
                address = hop.strip()
                if not self.trusts(address):
                    break
        return address

    def secure(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
        """Whether the client came over https."""
        address = peer(scope)
        forwarded = headers.get("x-forwarded-proto", "") if self._networks and self.trusts(address) else ""
        return (forwarded.split(",")[-1].strip() or str(scope.get("scheme", ""))) == "https"


def peer(scope: Mapping[str, Any]) -> str:
    """Who is connected, a proxy or the client itself."""
    return str(scope["client"][0]) if scope.get("client") else ""


def network_of(address: str) -> str:
    """Of an IPv6 address its /64: whoever has one of those addresses has all of them (RFC 4291, section 2.5.4)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def from_another_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another origin's page made the request (Fetch Metadata, RFC 6454 Origin).

    Programs send neither header, and are not meant.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks before anybody has clicked, in case somebody will."""
    said = (headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return any(word.split(";")[0].strip().lower() in ("prefetch", "preview", "prerender") for word in said)


def from_script(headers: Mapping[str, str]) -> bool:
    """Whether a page's own script asks, where a Basic challenge would open the browser's dialog."""
    return headers.get("sec-fetch-dest", "document") != "document"
