"""Which URLs are taken, and what is shown of them."""

import pytest
from yarl import URL

from katalog.outgoing.target import MAX_URL, NotATarget, masked, parse_target, without_credentials


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://moln.se/k.ics", "https://moln.se/k.ics"),
        (" HTTP://Moln.se:8080/k?a=b#c ", "http://moln.se:8080/k?a=b"),
        ("https://anna:hemligt@moln.se/k", "https://anna:hemligt@moln.se/k"),
        ("https://[2620:fe::fe]/k", "https://[2620:fe::fe]/k"),
        ("https://kött.se/å", "https://xn--ktt-sna.se/%C3%A5"),
        ("https://moln.se/a%40b/%2F%3D?x=%2B%20=", "https://moln.se/a%40b/%2F%3D?x=%2B%20="),
    ],
)
def test_an_address_of_the_web_is_taken(text: str, url: str) -> None:
    assert str(parse_target(text)) == url


@pytest.mark.parametrize(
    "text",
    ["", "moln.se/k", "//moln.se/k", "/k", "ftp://moln.se/k", "file:///etc/passwd", "javascript:alert(1)", "https://",
     "https:///k", "http://moln.se:0/", "http://moln.se:99999/", "http://moln.se:x/", "https://a b.se/", "https://[::1/",
     "https://moln.se/\r\nX: y", "https://moln.se\\@annan.se/", "https://moln.se/" + "x" * MAX_URL],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(NotATarget) as refused:
        parse_target(text)
    assert refused.value.sv
    assert refused.value.en
    assert "moln" not in str(refused.value)


def test_only_where_it_leads_is_shown() -> None:
    assert masked(URL("https://anna:hemligt@moln.se/privat-4711?x=1")) == "https://moln.se/…"
    assert masked(URL("http://127.0.0.1:8080/x")) == "http://127.0.0.1:8080/…"


def test_what_stands_before_the_host_becomes_a_header() -> None:
    url, authorization = without_credentials(URL("https://anna:p%40ss%3A%C3%A5@moln.se/k"))
    assert str(url) == "https://moln.se/k"
    assert authorization == "Basic YW5uYTpwQHNzOsOl"
    assert without_credentials(URL("https://moln.se/k"))[1] is None
