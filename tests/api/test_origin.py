"""Where a request comes from."""

from typing import Any

import pytest

from katalog.api.origin import Proxies, from_another_site, from_script

CLIENT, OFFICE, PROXY, EDGE = "198.51.100.7", "203.0.113.9", "10.0.0.1", "10.0.0.2"


def scope(address: str | None, scheme: str = "http") -> dict[str, Any]:
    return {"type": "http", "client": (address, 4711) if address is not None else None, "scheme": scheme}


def client(proxies: Proxies, address: str, forwarded: str | None = None) -> str:
    return proxies.client(scope(address), {} if forwarded is None else {"x-forwarded-for": forwarded})


@pytest.mark.parametrize("proxies", [Proxies([]), Proxies([PROXY])])
def test_from_whom_is_no_trusted_proxy_nothing_forwarded_is_believed(proxies: Proxies) -> None:
    assert client(proxies, CLIENT, OFFICE) == CLIENT
    assert not proxies.secure(scope(CLIENT), {"x-forwarded-proto": "https"})


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (OFFICE, OFFICE),
        (f" {OFFICE} ", OFFICE),
        (f"{CLIENT}, {OFFICE}", OFFICE),  # the first is what the client claims
        (f"{CLIENT},{OFFICE}, {EDGE}", OFFICE),
        (f"{CLIENT}, {EDGE}, {OFFICE}, {EDGE}", OFFICE),
        (f"{OFFICE}, , ", OFFICE),
        (f"{EDGE}, {PROXY}", EDGE),  # all are ours: it is one of us
        (f"{CLIENT}, unknown", "unknown"),
        ("2001:db8::7", "2001:db8::7"),
        ("", PROXY),
        (" , ", PROXY),
        (None, PROXY),
    ],
)
def test_the_client_is_the_last_one_forwarded_that_is_not_a_trusted_proxy(forwarded: str | None, address: str) -> None:
    assert client(Proxies([PROXY, EDGE]), PROXY, forwarded) == address
    assert client(Proxies(["10.0.0.0/8"]), PROXY, forwarded) == address


def test_a_network_may_be_written_with_an_address_in_it() -> None:
    assert Proxies(["10.0.0.77/24"]).trusts("10.0.0.1")
    assert not Proxies(["10.0.0.77/24"]).trusts("10.0.1.1")


@pytest.mark.parametrize("address", ["", "unix:", "testclient", "10.0.0", "10.0.0.1:80", "::1"])
def test_what_is_no_address_of_the_network_is_not_trusted(address: str) -> None:
    assert not Proxies(["10.0.0.0/8"]).trusts(address)


def test_an_ipv4_proxy_is_the_same_on_a_socket_for_both_families() -> None:
    assert client(Proxies([PROXY]), f"::ffff:{PROXY}", OFFICE) == OFFICE
    assert not Proxies([PROXY]).trusts(f"::ffff:{EDGE}")
    assert Proxies(["fe80::/10"]).trusts("fe80::1")


def test_without_an_address_of_the_socket_there_is_none() -> None:
    assert Proxies(["0.0.0.0/0"]).client(scope(None), {"x-forwarded-for": OFFICE}) == ""
    assert not Proxies(["0.0.0.0/0"]).secure(scope(None), {"x-forwarded-proto": "https"})


@pytest.mark.parametrize(
    ("scheme", "forwarded", "secure"),
    [
        ("http", None, False),
        ("https", None, True),
        ("http", "https", True),
        ("https", "http", False),  # the proxy says how the client came to it
        ("http", "http, https", True),  # the last is what the nearest proxy saw
        ("http", "https, http", False),
        ("https", "", True),
    ],
)
def test_whether_it_came_over_https_is_said_by_a_trusted_proxy_else_by_the_socket(
    scheme: str, forwarded: str | None, secure: bool
) -> None:
    headers = {} if forwarded is None else {"x-forwarded-proto": forwarded}
    assert Proxies([PROXY]).secure(scope(PROXY, scheme), headers) == secure
    assert Proxies([]).secure(scope(PROXY, scheme), headers) == (scheme == "https")


HOST = {"host": "katalog.exempel.se"}


@pytest.mark.parametrize(
    ("headers", "another"),
    [
        ({}, False),  # a program
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),  # typed by a person
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "something new"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),  # no page can forge the first
        ({"origin": "https://katalog.exempel.se"}, False),
        ({"origin": "http://KATALOG.exempel.SE"}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "https://katalog.exempel.se.evil.example"}, True),
        ({"origin": "https://katalog.exempel.se:8443"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
    ],
)
def test_another_sites_page_is_known_by_what_the_browser_says(headers: dict[str, str], another: bool) -> None:
    assert from_another_site(HOST | headers) == another


def test_a_port_is_part_of_the_origin() -> None:
    host = {"host": "127.0.0.1:8080"}
    assert not from_another_site({**host, "origin": "http://127.0.0.1:8080"})
    assert from_another_site({**host, "origin": "http://127.0.0.1:8081"})
    assert from_another_site({**host, "origin": "http://127.0.0.1"})


@pytest.mark.parametrize(
    ("headers", "script"),
    [
        ({}, False),
        ({"sec-fetch-dest": "document"}, False),
        ({"sec-fetch-dest": "empty"}, True),
        ({"sec-fetch-dest": "image"}, True),
    ],
)
def test_a_pages_own_request_is_told_from_a_navigation(headers: dict[str, str], script: bool) -> None:
    assert from_script(headers) == script
